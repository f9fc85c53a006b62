"""Curriculum domain adaptation: easy target properties first, the segmentation of pixels from them."""

from keras_uda.config.ranges import Ramp
from keras_uda.config.ranges import Weight
from keras_uda.losses.label_distribution import balanced_cross_entropy
from keras_uda.losses.label_distribution import label_distribution_loss
from keras_uda.methods.base import DomainAdaptation


class CDA(DomainAdaptation):
    """Teaches the segmenter what shallow classifiers know of a target image: its classes, and its clearest superpixels.

        L = CE(P_s, y_s) + weight_sp * L_bal(P_t, y_sp) + weight_dist * mean over images of -sum_c p_c log q_c

    p is the distribution of classes that a logistic regression expects in the image, q that of the prediction, y_sp the
    classes that a linear SVM gives to landmark superpixels. Batches hold them as `target["distribution"]` and
    `target["pseudo_label"]`; the stage needs `pseudo_labels: {policy: landmarks}`.

    Args:
        segmenter: its main level is trained.
        distribution_weight: of the label distribution; 0.1 as released.
        superpixel_weight: of the landmark superpixels.
        sharpness: exponent of the prediction in q.
    Source: Zhang et al., Curriculum Domain Adaptation, ICCV 2017, section 3, https://arxiv.org/abs/1707.09465; released
        code
    Deviations:
        1. The classifiers read pooled features of the source-only segmenter; the published ones (Inception-ResNet-v2 of
           the image, FCN-8s scores of superpixels) are not to be had. Superpixels are SLIC's; published: LSC.
        2. Landmarks act on their pixels, as released; the paper compares mean predictions of superpixels. Their weights
           balance the classes of each image; those for the size of a superpixel are left out, SLIC's are of one size.
        3. The source has the plain mean cross-entropy; the released code balances classes there too.
        4. The margin that makes a landmark is taken from at most 500 target images, evenly spaced.
    """

    reads = ("source", "target", "pseudo_label", "distribution")
    policies = ("landmarks",)
    reports = ("segmentation", "superpixels", "distribution")
    level_reports = ()
    remarks = (
        "CDA: label distributions and landmark superpixels come from a logistic regression and a linear SVM on pooled "
        "features of the source-only segmenter of the first stage. The features of the paper are not to be had, so "
        "this is not a reproduction of its numbers.",
    )

    def __init__(
        self,
        segmenter,
        *,
        distribution_weight: Weight = 0.1,
        superpixel_weight: Weight = 1.0,
        sharpness: Ramp = 5.0,
        **kwargs,
    ):
        super().__init__(segmenter, **kwargs)
        self.distribution_weight, self.superpixel_weight = distribution_weight, superpixel_weight
        self.sharpness = sharpness

    def train_step(self, batch):
        source, target = batch["source"], batch["target"]
        with self.step(batch) as step:
            (source_logits, *_), (target_logits, *_) = self.segment(source["image"], target["image"])
            segmentation = self.labelled_loss(source["label"], source_logits)

            # What is known of the target: some superpixels, and how much of the image each class should take.
            superpixels = balanced_cross_entropy(target["pseudo_label"], target_logits)
            distribution = label_distribution_loss(target["distribution"], target_logits, self.sharpness)
            segmenter_loss = segmentation + self.superpixel_weight * superpixels
            segmenter_loss += self.distribution_weight * distribution
            step.losses(segmenter=segmenter_loss)
        return step.report(segmentation=segmentation, superpixels=superpixels, distribution=distribution)
