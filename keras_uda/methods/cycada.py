"""CyCADA: source images translated into the look of the target, with their content kept."""

import keras
import numpy as np
from keras import ops

from keras_uda.augment.crop import next_seed
from keras_uda.config.ranges import Count
from keras_uda.config.ranges import Depth
from keras_uda.config.ranges import ImageSizes
from keras_uda.config.ranges import Policy
from keras_uda.config.ranges import Weight
from keras_uda.config.ranges import Width
from keras_uda.core.errors import ConfigurationError
from keras_uda.layers.image_pool import ImagePool
from keras_uda.layers.image_pool import from_bytes
from keras_uda.layers.image_pool import to_bytes
from keras_uda.layers.translation import Generators
from keras_uda.layers.translation import TranslationDiscriminators
from keras_uda.layers.translation import UNet
from keras_uda.losses.adversarial import least_squares
from keras_uda.losses.image_space import reconstruction_error
from keras_uda.losses.segmentation import cross_entropy
from keras_uda.methods.base import DomainAdaptation

REAL, FAKE = 1.0, 0.0


class CyCADA(DomainAdaptation):
    """Learns to translate between the domains; the segmenter stays as it is, and says whether the content is kept.

        T, S: generators to the target and to the source;   D_t, D_s: discriminators;   P: the segmenter
        generators: mean (D_t(T(x_s)) - 1)^2 + mean (D_s(S(x_t)) - 1)^2
            + weight_cycle [L1(S(T(x_s)), x_s) + L1(T(S(x_t)), x_t)] + weight_id [L1(S(x_s), x_s) + L1(T(x_t), x_t)]
            + weight_sem [CE(P(T(x_s)), y_s) + CE(P(S(x_t)), argmax P(x_t))]
        discriminators: 1/2 sum over both of mean (D(x) - 1)^2 + mean D(x')^2,   x' new or old translations

    The stage then writes T(x_s) for every source image, which a later stage trains on.

    Args:
        segmenter: trained on the source in a stage before, unless `semantic_weight` is 0.
        cycle_weight: of what is lost on the way there and back.
        identity_weight: of what a generator changes in images of its own domain.
        semantic_weight: of the content that the segmenter sees change; 0: CycleGAN.
        generator_base: channels of a generator after its first halving.
        generator_depth: its halvings.
        discriminator_base: channels of a discriminator after its first halving.
        pool_size: old translations that the discriminators see again.
        image_sizes: (height, width) of source and of target images in a batch, for the pool; set by the run.
        policy: dtype policy of generators and discriminators.
    Source: Hoffman et al., CyCADA, ICML 2018, section 3, https://arxiv.org/abs/1711.03213; Zhu et al., CycleGAN, ICCV
        2017, sections 3 and 4, https://arxiv.org/abs/1703.10593; sizes and the semantic terms as released in
        thuml/Transfer-Learning-Library
    Deviations:
        1. The translator alone: the paper's second part, an adversary on the features of the segmenter that trains on
           translated images, is any other method in the stage after it.
        2. The semantic term of the source has its true labels, as released; the paper has the segmenter's predictions.
        3. All gradients are taken before any update; the released code steps the generators first. The discriminators
           see the same images either way.
        4. Maps are padded so that images of any size fit; the last convolutions of the discriminators keep the size.
        5. Old translations are kept in 8 bits. Of one batch no two images change places with the same old one.
        6. Networks with fewer than 64 channels begin with wider weights, so that their maps have the published scale.
    """

    trains = ("generators", "discriminators")
    passes = ()
    translates = True
    trained_segmenter_for = "semantic_weight"
    reports = (
        "adversarial_to_target",
        "adversarial_to_source",
        "cycle_source",
        "cycle_target",
        "identity_source",
        "identity_target",
        "semantic_to_target",
        "semantic_to_source",
        "discriminator_source",
        "discriminator_target",
    )
    level_reports = ()
    chance_loss = 1 / 4
    caption = (
        "Images of both domains, in the look of the other, and back again. “As target” is what later stages train on."
    )

    def __init__(
        self,
        segmenter,
        *,
        cycle_weight: Weight = 10.0,
        identity_weight: Weight = 5.0,
        semantic_weight: Weight = 1.0,
        generator_base: Width = 64,
        generator_depth: Depth = 8,
        discriminator_base: Width = 64,
        pool_size: Count = 50,
        image_sizes: ImageSizes = (),
        policy: Policy = "float32",
        **kwargs,
    ):
        super().__init__(segmenter, **kwargs)
        self.cycle_weight, self.identity_weight = cycle_weight, identity_weight
        self.semantic_weight = semantic_weight
        self.generators = Generators(generator_base, generator_depth, policy, name="generators")
        self.discriminators = TranslationDiscriminators(discriminator_base, policy, name="discriminators")
        source_size, target_size = self.sizes_of_images(image_sizes) if pool_size else [(1, 1)] * 2
        self.target_pool = ImagePool(pool_size, *source_size, name="target_pool")  # translations keep their size
        self.source_pool = ImagePool(pool_size, *target_size, name="source_pool")
        self.seeds = keras.random.SeedGenerator()

    def sizes_of_images(self, given):
        """(height, width) of source and target images: the given ones, or what the segmenter is built for."""
        sizes = given or [self.segmenter.input.shape[1:3]] * 2
        if len(sizes) != 2 or None in (*sizes[0], *sizes[1]):
            raise ConfigurationError("the pool must know both sizes of images", "Give `image_sizes`, or `pool_size` 0")
        return sizes

    @staticmethod
    def build_translator(arguments: dict) -> keras.Layer:
        """A generator to the target in float32, with weights that are anything, by all arguments of the method."""
        return UNet(arguments["generator_base"], arguments["generator_depth"])

    @property
    def translator(self) -> keras.Layer:
        """The generator that source images are translated with; same weights as `build_translator`, in their order."""
        return self.generators.to_target

    def predict_logits(self, images):
        """P(x) at the size of the images, which are in [-1, 1]."""
        return self.resize(self.segmenter(127.5 * (images + 1), training=False)["logits"], images)

    def semantic(self, fakes, target, labels):
        """Cross-entropy of what the segmenter sees in translations: to the target, to the source."""
        if not self.semantic_weight:
            return ops.zeros(()), ops.zeros(())
        seen = ops.stop_gradient(ops.argmax(self.predict_logits(target), axis=-1))
        logits = [self.predict_logits(fake) for fake in fakes]
        return self.labelled_loss(labels, logits[0]), cross_entropy(seen, logits[1])

    def identity(self, source, target):
        """What the generators change in images of their own domain: of the source, of the target."""
        if not self.identity_weight:
            return ops.zeros(()), ops.zeros(())
        kept = self.generators.to_source(source), self.generators.to_target(target)
        return reconstruction_error(source, kept[0]), reconstruction_error(target, kept[1])

    def discriminator_loss(self, discriminator, real, shown):
        return (least_squares(discriminator(real), REAL) + least_squares(discriminator(shown), FAKE)) / 2

    def train_step(self, batch):
        source, target = (from_bytes(batch[domain]["image"]) for domain in ("source", "target"))
        to_target, to_source = self.generators.to_target, self.generators.to_source
        with self.step(batch) as step:
            fake_target, fake_source = to_target(source), to_source(target)
            adversarial = [
                least_squares(self.discriminators.target(fake_target), REAL),
                least_squares(self.discriminators.source(fake_source), REAL),
            ]
            cycle = [
                reconstruction_error(source, to_source(fake_target)),
                reconstruction_error(target, to_target(fake_source)),
            ]
            identity = self.identity(source, target)
            semantic = self.semantic((fake_target, fake_source), target, batch["source"]["label"])
            generator_loss = sum(adversarial) + self.cycle_weight * sum(cycle)
            generator_loss += self.identity_weight * sum(identity) + self.semantic_weight * sum(semantic)

            drawn_target = self.target_pool.draw(fake_target, next_seed(self.seeds))
            drawn_source = self.source_pool.draw(fake_source, next_seed(self.seeds))
            of_source = self.discriminator_loss(self.discriminators.source, source, drawn_source.shown)
            of_target = self.discriminator_loss(self.discriminators.target, target, drawn_target.shown)
            step.losses(generators=generator_loss, discriminators=of_source + of_target)
        self.target_pool.store(drawn_target, self.finite)
        self.source_pool.store(drawn_source, self.finite)
        values = (*adversarial, *cycle, *identity, *semantic, of_source, of_target)
        return step.report(**dict(zip(self.reports, values, strict=True)))

    def pictures(self, batch) -> dict[str, np.ndarray]:
        """Images of both domains, translated, and translated back."""
        source, target = (from_bytes(batch[domain]["image"]) for domain in ("source", "target"))
        as_target, as_source = self.generators.to_target(source), self.generators.to_source(target)
        sets = {
            "source": source,
            "source as target": as_target,
            "source and back": self.generators.to_source(as_target),
            "target": target,
            "target as source": as_source,
            "target and back": self.generators.to_target(as_source),
        }
        return {name: np.asarray(to_bytes(images)) for name, images in sets.items()}
