"""CBST: self-training with a threshold for each class, in rounds; and the regularisers of CRST."""

from keras_uda.config.ranges import Weight
from keras_uda.losses.self_training import soft_labels as soft_label_loss
from keras_uda.losses.self_training import uniform_divergence
from keras_uda.methods.selftraining import SelfTraining


class CBST(SelfTraining):
    """One round of class-balanced self-training: the retraining after labels were generated.

        L = sum over levels of weight_seg * ( L_self-training + weight_mrkld * mean over K of -1/C sum_c log P_c )

    The class-balanced part is in the choice of the labels: `pseudo_labels: {policy: class_balanced, portion: ...}` of
    the stage, one stage per round, with growing portions.

    Args:
        segmenter: with one or two levels.
        mrkld_weight: of the model regulariser; 0: none. The released code multiplies its 0.1 in twice, hence 0.01.
        soft_labels: learn the soft labels (LRENT) that `pseudo_labels: {label_entropy: ...}` stores.
        segmentation_weights, source_weight: as in `SelfTraining`.
    Source: Zou et al., CBST, ECCV 2018, https://arxiv.org/abs/1810.07911; Zou et al., CRST, ICCV 2019,
        https://arxiv.org/abs/1908.09822; released codes
    Deviations:
        1. Batches and sizes as in `SelfTraining`.
        2. The number of labelled pixels of a class is rounded down, as released; the paper rounds to the nearest. The
           released CBST code begins every list of confidences with a 0 (`--preset official`).
        3. The target images are those of the training split, as released; the text of the paper names the validation
           split.
        4. Soft labels are stored at the stride of the logits and upsampled; the released code stores them at full size.
        5. The spatial prior is the smoothed frequency of a class at each position of at most a thousand source labels,
           its largest value 1; how the released file was made is not known.
        6. Crops are 1/zoom to 1 of the image; the released code scales by 0.5 to 1.5 and cuts 1024x512 of 2048x1024.
        7. The rate is constant within a round, as in the PyTorch code; the MXNet code divides it by the root of 2 per
           round.
    """

    reads_with = {"soft_labels": {True: ("soft_label",)}}
    without_source = "cbst_source_free"

    def __init__(self, segmenter, *, mrkld_weight: Weight = 0.0, soft_labels: bool = False, **kwargs):
        super().__init__(segmenter, **kwargs)
        self.mrkld_weight = mrkld_weight
        if soft_labels:
            self.target_loss = soft_label_loss

    def regularizer(self, target, logits):
        if not self.mrkld_weight:
            return 0.0
        return self.mrkld_weight * uniform_divergence(target["pseudo_label"], logits)
