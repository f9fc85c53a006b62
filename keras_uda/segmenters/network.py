"""What a network says of itself: literals of a decorator, read without TensorFlow by the configuration, and set on
every model that the factory makes.
"""

from collections.abc import Callable
from functools import wraps

import keras

from keras_uda.config.segmenter_spec import NetworkFacts


def network(**literals) -> Callable:
    """Decorates a factory `(classes, *, options) -> keras.Model`; give the fields of `NetworkFacts`, as literals.

    Options are keyword-only and annotated with names of `config.ranges`; `levels` and `weights` are those of the
    configuration, all others stand under `segmenter.arguments`.

    Returns:
        The factory, whose models have `stride`, `head_names`, `dense`, `repeats` (layer name -> times),
        `input_multiple`, `padding` and `mean_colour`.
    """
    facts = NetworkFacts(**literals)

    def decorate(factory: Callable[..., keras.Model]) -> Callable[..., keras.Model]:
        @wraps(factory)
        def build(classes: int, **options) -> keras.Model:
            model = factory(classes, **options)
            weighted = [layer.name for layer in model.layers if layer.weights]
            model.stride, model.dense, model.padding = facts.stride, facts.dense, facts.padding
            model.input_multiple, model.mean_colour = facts.input_multiple, facts.mean_colour
            model.head_names = tuple(name for name in weighted if name.startswith(facts.heads))
            body = [name for name in weighted if name not in model.head_names]
            model.repeats = {name: times for name in body if (times := listed(name, facts.repeats))}
            return model

        build.facts, build.__kwdefaults__ = facts, factory.__kwdefaults__
        return build

    return decorate


def listed(layer: str, repeats: dict[str, int]) -> int | None:
    """How often the released optimiser lists the parameters of a layer, if it says so."""
    return next((times for part, times in repeats.items() if part in layer), None)
