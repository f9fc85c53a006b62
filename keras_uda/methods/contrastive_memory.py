"""Pixel contrast with a class-wise memory: features come close to what a teacher remembers of their class."""

import keras
from keras import ops

from keras_uda.augment import class_mix
from keras_uda.augment.copies import Copies
from keras_uda.augment.crop import next_seed
from keras_uda.augment.photometric import colour_and_blur
from keras_uda.config.ranges import Chances
from keras_uda.config.ranges import Count
from keras_uda.config.ranges import Share
from keras_uda.config.ranges import Steps
from keras_uda.config.ranges import Weight
from keras_uda.config.ranges import Width
from keras_uda.core.classes import IGNORE
from keras_uda.core.errors import ConfigurationError
from keras_uda.layers.contrast_heads import ContrastHeads
from keras_uda.layers.mean_teacher import cosine_decay
from keras_uda.layers.mean_teacher import follow
from keras_uda.layers.mean_teacher import slow_copy
from keras_uda.layers.mean_teacher import warm_up_decay
from keras_uda.layers.memory_bank import Memory
from keras_uda.layers.memory_bank import MemoryBank
from keras_uda.layers.memory_bank import features_per_image
from keras_uda.losses.contrastive import class_members
from keras_uda.losses.contrastive import contrast_classes
from keras_uda.losses.contrastive import memory_contrast
from keras_uda.losses.contrastive import unit
from keras_uda.losses.segmentation import cross_entropy
from keras_uda.methods.base import DomainAdaptation
from keras_uda.methods.common.finite import undo_unless
from keras_uda.ops.resize import nearest
from keras_uda.ops.resize import upsample


class ContrastiveMemory(DomainAdaptation):
    """DACS with pixel contrast, for unsupervised adaptation: a variant of ours; the published form is
    `SemiSupervisedMemory`.

        M: source pixels of half of the classes;   x_m = M x_s + (1 - M) x_t;   y_m = M y_s + (1 - M) y'
        w_m = M + (1 - M) [share of target pixels whose teacher probability reaches `confidence`]
        L = CE(A_s, y_s) + mean over all pixels of w_m CE(A_m, y_m) + weight_contr (L_contr(x_s) + L_contr(x_m))
        L_contr = 1/C sum_c mean over pixels i and memories j of c of w[i] w[j] (1 - cos(q_i, z_j))

    y' and the memories are of a teacher: memories are projections z of source pixels that it predicts right, and with
    a probability above `memory_confidence`; q are predictions of the segmenter's own projections.

    Args:
        segmenter: with one level; features are its `features`.
        contrast_weight: lambda_contr; 0.1 in the semi-supervised, 0.2 in the adaptation script.
        confidence: of a target pixel, for the weight of all of them.
        memory_size: features per class.
        memory_confidence: least teacher probability of a source pixel to be remembered.
        memory_start, contrast_start: share of the steps before the memory fills, and before it is contrasted with.
        projection_width: channels of projections, predictions and attention.
        teacher_decay: mu at the first step; it grows to 1.
        strong_chances: of changes of colour and of a blur, of the mixed images.
        labelled_images: labelled images that fill the memory once.
        official_bugs: as released: the features of the lowest attention are remembered, and memories all weigh 1.
        total_steps: of the stage.
    Source: Alonso et al., ICCV 2021, sections 3.1 to 3.3, https://arxiv.org/abs/2104.13415; the base objective is
        Tranheden et al., DACS, WACV 2021, section 3, https://arxiv.org/abs/2007.08702; released codes of both
    Deviations:
        1. The paper has labels of some target images; here there are none, and no number to compare with.
        2. The steps before the memory fills and is used are shares of the stage (released: 1000 and 2000 of 150000).
        3. With several replicas the memory holds what the first one saw.
        4. The features of the highest attention are remembered, and memories are weighted by theirs, as in the paper;
           the released code sorts upwards, and its weights of memories cancel (`official_bugs`, `--preset official`).
        5. In the DACS part the kernel of the blur is as wide as its sigma needs, and the hue turns in YIQ.
        6. The head of the released DeepLab-v2 sums two dilations (`--preset official`); here four.
    """

    trains = ("segmenter", "heads")
    passes = ("source", "mixed")
    official = {
        "segmenter.arguments.aspp_dilations": (6, 12),  # its head returns after two of its four branches
        # The memory keeps the features of the lowest attention, and all of them weigh the same.
        "arguments.official_bugs": True,
    }
    reports = ("segmentation", "mixed", "contrast_source", "contrast_mixed", "confident", "remembered")
    level_reports = ()
    may_collapse = True  # the teacher that labels the target images follows the segmenter

    def __init__(
        self,
        segmenter,
        *,
        contrast_weight: Weight = 0.1,
        confidence: Share = 0.968,
        memory_size: Width = 256,
        memory_confidence: Share = 0.95,
        memory_start: Share = 1 / 150,
        contrast_start: Share = 2 / 150,
        projection_width: Width = 256,
        teacher_decay: Share = 0.995,
        strong_chances: Chances = (0.8, 0.5),
        labelled_images: Count = 0,
        official_bugs: bool = False,
        total_steps: Steps = 1000,
        **kwargs,
    ):
        super().__init__(segmenter, **kwargs)
        self.contrast_weight, self.confidence, self.memory_confidence = contrast_weight, confidence, memory_confidence
        self.memory_start, self.contrast_start, self.total_steps = memory_start, contrast_start, total_steps
        self.teacher_decay, self.strong_chances = teacher_decay, tuple(strong_chances)
        self.official_bugs, self.labelled_images = official_bugs, labelled_images
        self.heads = ContrastHeads(self.classes, segmenter.output["features"].shape[-1], projection_width)
        self.memory = MemoryBank(self.classes, projection_width, memory_size)
        self.teacher, self.teacher_heads = slow_copy(segmenter), slow_copy(self.heads)
        self.seeds = keras.random.SeedGenerator()

    def teacher_predictions(self, image):
        """What the teacher says of images: outputs, probability and id of the first choice at the size of the images.
        It normalises with its batch, as released."""
        outputs = self.teacher(ops.cast(image, "float32"), training=True)
        probabilities = ops.softmax(upsample(outputs["logits"], image))
        return outputs, ops.max(probabilities, -1), ops.cast(ops.argmax(probabilities, -1), "int32")

    def mix(self, source, image, probability, pseudo_labels) -> Copies:
        """Pastes classes of the source into target images, and changes the colours; probability is the weight."""
        if source["image"].shape[1:] != image.shape[1:]:
            raise ConfigurationError("Images of different sizes cannot be mixed", "Set data.size for both domains")
        label = ops.cast(source["label"], "int32")
        mask = class_mix.random_class_mask(label, self.classes, next_seed(self.seeds))
        mixed = class_mix.mix(mask, ops.cast(source["image"], "float32"), ops.cast(image, "float32"))
        weight = ops.where(mask, 1.0, class_mix.confident_share(probability, self.confidence))
        jitter, blur = self.strong_chances
        mixed = colour_and_blur(mixed, next_seed(self.seeds), jitter_chance=jitter, blur_chance=blur)
        return Copies(mixed, class_mix.mix(mask, label, pseudo_labels), weight)

    def remember(self, image, label) -> Memory:
        """The memory with the best of what the teacher gets right in labelled images."""
        outputs, probability, predicted = self.teacher_predictions(image)
        features = outputs["features"]
        label, predicted, probability = (nearest(one, features) for one in (label, predicted, probability))
        good = ops.logical_and(ops.cast(label, "int32") == predicted, probability > self.memory_confidence)
        members = class_members(ops.where(good, predicted, IGNORE), self.classes)
        projections = self.teacher_heads.projection(vectors_of(features), any_member(members), training=True)
        scores = self.teacher_heads.attention(projections, members, training=True)
        scores = -scores if self.official_bugs else scores
        most = ops.shape(label)[0] * features_per_image(self.memory.vectors.shape[1], self.labelled_images or 2**30)
        has_started = self.progress(self.total_steps) >= self.memory_start
        return self.memory.push(projections, members > 0, scores, most=most, when=has_started)

    def contrast(self, features, label, memory: Memory):
        """L_contr of features (batch, h, w, channels) with labels (batch, H, W)."""
        members = class_members(nearest(label, features), self.classes)
        valid, slots = any_member(members), memory.slots
        projections = self.heads.projection(vectors_of(features), valid, training=True)
        predictions = self.heads.prediction(projections, valid, training=True)
        classes = contrast_classes(members, slots)
        members, slots = members * classes, slots * classes[:, None]
        scores = self.heads.attention(predictions, members, training=True)
        return memory_contrast(predictions, members, scores, memory.vectors, self.memory_scores(memory, slots))

    def memory_scores(self, memory: Memory, slots):
        """Attention of the memories, float (C, size), 0 where there is none."""
        if self.official_bugs:
            return slots
        classes, size, channels = memory.vectors.shape
        members = ops.repeat(ops.eye(classes), size, axis=0) * ops.reshape(slots, (-1, 1))
        memories = ops.reshape(unit(memory.vectors), (-1, channels))
        return ops.reshape(self.heads.memory_attention(memories, members, training=True), (classes, size))

    def contrast_share(self):
        """lambda_contr, 0 until the memory is used."""
        has_started = self.progress(self.total_steps) >= self.contrast_start
        return self.contrast_weight * ops.cast(has_started, "float32")

    def statistics(self) -> list[keras.Variable]:
        """What moves in a forward pass, besides the segmenter."""
        parts = (self.heads, self.teacher, self.teacher_heads)
        return [one for part in parts for one in part.weights if one.name.startswith("moving_")]

    def update_memory_and_teachers(self, memory: Memory, statistics, decay) -> None:
        """After the update: keeps the memory and moves the teacher, or undoes what a bad step did."""
        self.memory.store(memory, when=self.finite)
        undo_unless(self.finite, self.statistics(), statistics)
        for slow, fast in ((self.teacher, self.segmenter), (self.teacher_heads, self.heads)):
            follow(slow, fast, decay, finite=self.finite, statistics=False)

    def decay(self):
        """Of the teacher, in this step."""
        growing = cosine_decay(self.progress(self.total_steps), self.teacher_decay)
        return warm_up_decay(growing, self.progress(1))

    def train_step(self, batch):
        source, target = batch["source"], batch["target"]
        decay, statistics = self.decay(), [ops.copy(one) for one in self.statistics()]
        _, probability, pseudo_labels = self.teacher_predictions(target["image"])
        mixed = self.mix(source, target["image"], probability, pseudo_labels)
        memory = self.remember(source["image"], source["label"])
        with self.step(batch) as step:
            on_source, on_mixed = self.forward(source["image"], mixed.image, update_statistics_from=())
            mixed_logits = upsample(on_mixed["logits"], mixed.image)
            losses = {
                "segmentation": cross_entropy(source["label"], upsample(on_source["logits"], source["image"])),
                "mixed": cross_entropy(mixed.label, mixed_logits, pixel_weights=mixed.probability),
                "contrast_source": self.contrast(on_source["features"], source["label"], memory),
                "contrast_mixed": self.contrast(on_mixed["features"], mixed.label, memory),
            }
            loss = losses["segmentation"] + losses["mixed"]
            loss += self.contrast_share() * (losses["contrast_source"] + losses["contrast_mixed"])
            self.update_statistics(target["image"])
            step.losses(segmenter=loss, heads=loss)
        self.update_memory_and_teachers(memory, statistics, decay)
        share = class_mix.confident_share(probability, self.confidence)
        return step.report(**losses, confident=share, remembered=ops.mean(memory.slots))


def vectors_of(features):
    """float32 (n, channels) of all pixels."""
    return ops.reshape(ops.cast(features, "float32"), (-1, features.shape[-1]))


def any_member(members):
    """float32 (n, 1): 1 for vectors of any class."""
    return ops.max(members, axis=-1, keepdims=True)
