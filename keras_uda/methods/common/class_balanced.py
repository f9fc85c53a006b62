"""What CBST and CRST add to self-training, with source images and without: soft labels, and a regulariser."""

from keras_uda.config.ranges import Weight
from keras_uda.losses.self_training import soft_labels as soft_label_loss
from keras_uda.losses.self_training import uniform_divergence


class ClassBalanced:
    """Stands before the base that has the `train_step`: `SelfTraining` or `SelfTrainingSourceFree`.

    Args:
        segmenter: as of the base.
        mrkld_weight: of the model regulariser; 0: none. The released code multiplies its 0.1 in twice, hence 0.01.
        soft_labels: learn the soft labels (LRENT) that `pseudo_labels: {label_entropy: ...}` stores.
    Source: Zou et al., CRST, ICCV 2019, https://arxiv.org/abs/1908.09822
    """

    reads_with = {"soft_labels": {True: ("soft_label",)}}

    def __init__(self, segmenter, *, mrkld_weight: Weight = 0.0, soft_labels: bool = False, **kwargs):
        super().__init__(segmenter, **kwargs)
        self.mrkld_weight = mrkld_weight
        if soft_labels:
            self.target_loss = soft_label_loss

    def regularizer(self, target, logits):
        """weight_mrkld * mean over K of -1/C sum_c log P_c; 0 without a weight."""
        if not self.mrkld_weight:
            return 0.0
        return self.mrkld_weight * uniform_divergence(target["pseudo_label"], logits)
