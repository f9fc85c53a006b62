"""CBST without a source: rounds of class-balanced labels of the target images, and nothing else."""

from keras_uda.methods.common.class_balanced import ClassBalanced
from keras_uda.methods.selftraining_source_free import SelfTrainingSourceFree


class CBSTSourceFree(ClassBalanced, SelfTrainingSourceFree):
    """One round of class-balanced self-training without source images.

        L = sum over levels of weight_seg * ( mean over K of -log P(y') + weight_mrkld * mean over K of R )
        R = -1/C sum_c log P_c

    It is `CBST` without its source images; `data.source.name none` chooses it in its place.

    Args:
        segmenter: trained, with one or two levels.
        mrkld_weight, soft_labels: as of `ClassBalanced`.
        segmentation_weights: as of `SelfTrainingSourceFree`.
    Source: Zou et al., CBST, ECCV 2018, https://arxiv.org/abs/1810.07911, and CRST, ICCV 2019,
        https://arxiv.org/abs/1908.09822, the terms of the target
    Deviations:
        1. The published method learns source labels in every batch, and has a spatial prior of them; here is neither.
        2. Thresholds, labels and sizes as in `CBST`.
    """
