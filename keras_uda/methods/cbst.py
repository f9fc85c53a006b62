"""CBST: self-training with a threshold for each class, in rounds; and the regularisers of CRST."""

from keras_uda.methods.common.class_balanced import ClassBalanced
from keras_uda.methods.selftraining import SelfTraining


class CBST(ClassBalanced, SelfTraining):
    """One round of class-balanced self-training: the retraining after labels were generated.

        L = sum over levels of weight_seg * ( L_self-training + weight_mrkld * mean over K of -1/C sum_c log P_c )

    The class-balanced part is in the choice of the labels: `pseudo_labels: {policy: class_balanced, portion: ...}` of
    the stage, one stage per round, with growing portions.

    Args:
        segmenter: with one or two levels.
        mrkld_weight, soft_labels: as of `ClassBalanced`.
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

    without_source = "cbst_source_free"
