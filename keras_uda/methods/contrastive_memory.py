"""Pixel contrast with a class-wise memory: features come close to what a teacher remembers of their class."""

from keras import ops

from keras_uda.config.ranges import Count
from keras_uda.config.ranges import Share
from keras_uda.config.ranges import Steps
from keras_uda.config.ranges import Weight
from keras_uda.config.ranges import Width
from keras_uda.layers.mean_teacher import follow
from keras_uda.layers.mean_teacher import resting_decay
from keras_uda.layers.mean_teacher import statistics_of
from keras_uda.methods.common.pixel_contrast import ContrastOptions
from keras_uda.methods.common.pixel_contrast import PixelContrast
from keras_uda.methods.common.teaching import teacher_outputs
from keras_uda.methods.dacs import DACS


class ContrastiveMemory(DACS):
    """DACS with pixel contrast, for unsupervised adaptation: a variant of ours; the published form is
    `SemiSupervisedMemory`.

        L = CE(A_s, y_s) + weight_mixed * mean over all pixels of v CE(A_m, y_m)
            + weight_contr (L_contr(x_s) + L_contr(x_m))

    x_m, y_m, v are those of `DACS`, L_contr that of `PixelContrast`: memories are projections of source pixels that the
    teacher predicts right, and with a probability above `memory_confidence`.

    Args:
        segmenter: with one level; features are its `features`.
        contrast_weight: lambda_contr; 0.1 in the semi-supervised, 0.2 in the adaptation script.
        memory_size: features per class.
        memory_confidence: least teacher probability of a source pixel to be remembered.
        memory_start, contrast_start: share of the steps before the memory fills, and before it is contrasted with.
        projection_width: channels of projections, predictions and attention.
        teacher_decay: mu at the first step; it grows to 1.
        labelled_images: labelled images that fill the memory once.
        official_bugs: as released: the features of the lowest attention are remembered, and memories all weigh 1.
        total_steps: of the stage.
        ...: the others of `DACS`.
    Source: Alonso et al., ICCV 2021, sections 3.1 to 3.3, https://arxiv.org/abs/2104.13415; the base objective is
        Tranheden et al., DACS, WACV 2021, section 3, https://arxiv.org/abs/2007.08702; released codes of both
    Deviations:
        1. The paper has labels of some target images; here there are none, and no number to compare with.
        2. The steps before the memory fills and is used are shares of the stage (released: 1000 and 2000 of 150000).
        3. The features of the highest attention are remembered, and memories are weighted by theirs, as in the paper;
           the released code sorts upwards, and its weights of memories cancel (`official_bugs`, `--preset official`).
        4. The teacher's decay grows to 1, as in the released code of the contrast; in that of DACS it stays.
        5. The head of the released DeepLab-v2 sums two dilations (`--preset official`); here four.
    """

    trains = ("segmenter", "heads")
    without_source = ""  # what it remembers are features of the source
    official = {
        "segmenter.arguments.aspp_dilations": (6, 12),  # its head returns after two of its four branches
        # The memory keeps the features of the lowest attention, and all of them weigh the same.
        "arguments.official_bugs": True,
    }
    reports = ("segmentation", "mixed", "contrast_source", "contrast_mixed", "confident", "remembered")

    def __init__(
        self,
        segmenter,
        *,
        contrast_weight: Weight = 0.1,
        memory_size: Width = 256,
        memory_confidence: Share = 0.95,
        memory_start: Share = 1 / 150,
        contrast_start: Share = 2 / 150,
        projection_width: Width = 256,
        teacher_decay: Share = 0.995,
        labelled_images: Count = 0,
        official_bugs: bool = False,
        total_steps: Steps = 1000,
        **kwargs,
    ):
        super().__init__(segmenter, teacher_decay=teacher_decay, total_steps=total_steps, **kwargs)
        options = ContrastOptions(
            contrast_weight, projection_width, memory_size, memory_confidence,
            memory_start, contrast_start, labelled_images, official_bugs,
        )  # fmt: skip
        self.pixel_contrast = PixelContrast(self.classes, segmenter.output["features"].shape[-1], options)
        self.heads = self.pixel_contrast.heads

    def decay(self):
        return resting_decay(self.progress(self.total_steps), self.teacher_decay, self.progress(1))

    def statistics(self):
        return [*statistics_of(self.teacher), *self.pixel_contrast.statistics()]

    def train_step(self, batch):
        source, target = batch["source"], batch["target"]
        decay, statistics = self.decay(), [ops.copy(one) for one in self.statistics()]
        progress, taught = self.progress(self.total_steps), self.teach(target)
        taught_source = teacher_outputs(self.teacher, source["image"], self.resize)
        memory = self.pixel_contrast.remember(taught_source, source["label"], progress)
        mixed = self.mix(source, target["image"], taught)
        with self.step(batch) as step:
            step.pseudo_labels = taught
            on_source, on_mixed = self.forward(source["image"], mixed.image, update_statistics_from=())
            losses = self.losses_of_outputs(source, mixed, on_source, on_mixed)
            contrast = {
                "contrast_source": self.pixel_contrast.loss(on_source["features"], source["label"], memory),
                "contrast_mixed": self.pixel_contrast.loss(on_mixed["features"], mixed.label, memory),
            }
            loss = losses["segmentation"] + self.mixed_weight * losses["mixed"]
            loss += self.pixel_contrast.weight(progress) * sum(contrast.values())
            self.update_statistics(target["image"])
            step.losses(segmenter=loss, heads=loss)
        self.move_teacher(decay, statistics)
        self.pixel_contrast.memory.store(memory, when=self.finite)
        confident, remembered = ops.mean(taught.weight), ops.mean(memory.slots)
        return step.report(**losses, **contrast, confident=confident, remembered=remembered)

    def move_teacher(self, decay, statistics):
        super().move_teacher(decay, statistics)
        heads, teacher_heads = self.heads, self.pixel_contrast.teacher_heads
        follow(teacher_heads, heads, decay, finite=self.finite, statistics=False)
