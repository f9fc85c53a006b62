"""`build_segmenter`: a network by its name."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from keras_uda.api.options import configured
from keras_uda.config.schema import SegmenterConfig
from keras_uda.core.classes import CITYSCAPES

if TYPE_CHECKING:
    import keras


def build_segmenter(
    name: str = SegmenterConfig.name,
    classes: Sequence[str] = CITYSCAPES,
    *,
    weights: str = SegmenterConfig.weights,
    levels: int = 1,
    policy: str = "float32",
    **arguments: object,
) -> "keras.Model":
    """A Keras model, which `adapt` can start from.

    Args:
        name: of the network: `efficientnet_lite0`, `segformer`, ... (docs/segmenters.md).
        classes: names, in the order of the logits.
        weights: `imagenet`, `none`, a run folder, or a weights file.
        levels: 2 adds an auxiliary head, `aux_logits`.
        policy: Keras dtype policy of its layers; logits are float32 under every policy.
        **arguments: options of the network, such as `batch_norm="batch_stats"`.
    Returns:
        Functional model, float RGB 0 to 255 (batch, height, width, 3) -> dict of `logits` (batch, height / stride,
        width / stride, classes), `features` and `skips`; `model.stride` is 4 for most.
    Raises:
        UsageError: no such network or option. ArtefactError: `weights` cannot be read, or does not fit.
    """
    fields = {"name": name, "weights": weights, "levels": levels}
    fields |= {f"arguments.{key}": value for key, value in arguments.items()}
    options = {f"segmenter.{key}": value for key, value in fields.items()}
    run = configured("source_only", options=options | {"data.classes": list(classes)})
    from keras_uda.core import runtime  # noqa: F401  first: it keeps TensorFlow from greeting on stderr
    from keras_uda.segmenters import build

    model = build.build_segmenter(run.segmenter, len(run.data.classes), policy)
    model.built_from, model.class_names = run.segmenter, run.data.classes
    return model
