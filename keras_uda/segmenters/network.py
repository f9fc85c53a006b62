"""What a network says of itself: literals of a decorator, read without TensorFlow by the configuration, and set on
every model that the factory makes.
"""

from collections.abc import Callable
from functools import wraps

import keras


def network(
    *,
    stride: int,
    heads: tuple[str, ...] = (),
    dense: bool = False,
    repeats: dict[str, int] | None = None,
    input_multiple: int = 1,
) -> Callable:
    """Decorates a factory `(classes, *, options) -> keras.Model`; give literals only.

    Args:
        stride: of the logits.
        heads: first letters of the names of the layers that get the head's learning rate.
        dense: its convolutions mix all channels, so bfloat16 pays where a processor multiplies it natively; depthwise
            layers gain nothing.
        repeats: part of the name of a layer -> how often the released optimiser lists its parameters; the first part
            that fits counts, heads are listed once. Without it the network has no such released form.
        input_multiple: height and width of images must be multiples of it.
    Returns:
        The factory, whose models have `stride`, `head_names`, `dense`, `repeats` (layer name -> times) and
        `input_multiple`.
    """

    def decorate(factory: Callable[..., keras.Model]) -> Callable[..., keras.Model]:
        @wraps(factory)
        def build(classes: int, **options) -> keras.Model:
            model = factory(classes, **options)
            weighted = [layer.name for layer in model.layers if layer.weights]
            model.stride, model.dense, model.input_multiple = stride, dense, input_multiple
            model.head_names = tuple(name for name in weighted if name.startswith(heads))
            model.repeats = {
                name: next(times for part, times in repeats.items() if part in name)
                for name in weighted
                if repeats and name not in model.head_names and any(part in name for part in repeats)
            }
            return model

        return build

    return decorate
