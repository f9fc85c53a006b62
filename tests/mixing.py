"""Released iterations of self-training with mixing: stored draws of classes, and what every mix is compared with."""

import numpy as np
import tensorflow as tf

from keras_uda.augment import class_mix
from tests.conftest import assert_matches
from tests.published import assert_weights


def chosen(arrays, meta, iteration: int, classes: int) -> np.ndarray:
    """bool (batch, C + 1): the stored draw of classes; the ignored label is the last."""
    drawn = arrays[f"in_chosen_classes_{iteration}"]
    drawn = np.where(drawn == meta["hyper"]["ignore_label"], classes, drawn)
    return (drawn[..., None] == np.arange(classes + 1)).any(1)


def replay(monkeypatch, method, arrays, meta, weights: dict) -> list:
    """Gives a method the stored draws, and compares labels, weights and teacher before each mix counts.

    Args:
        weights: name of an output -> a function of `PseudoLabels` that must be it.
    Returns:
        What was mixed so far, filled by the steps.
    """
    mixes, mix = [], method.mix

    def stored_draw(present, counts, seed):
        drawn = chosen(arrays, meta, len(mixes), method.classes)
        np.testing.assert_array_equal(counts, drawn.sum(1))
        assert (drawn <= np.array(present)).all()
        return tf.constant(drawn)

    def checked_mix(source, image, taught):
        mixed, k = mix(source, image, taught), len(mixes)
        assert_matches(taught.label, arrays, meta, f"out_pseudo_labels_{k}")
        for name, of in weights.items():
            assert_matches(of(taught), arrays, meta, f"{name}_{k}")
        assert_matches(mixed.label, arrays, meta, f"out_mixed_labels_{k}")
        assert_matches(mixed.probability, arrays, meta, f"out_weight_map_{k}")
        if k:
            assert_weights(arrays, meta, f"after{k}_teacher", method.teacher)
        mixes.append(mixed)
        return mixed

    monkeypatch.setattr(class_mix, "draw_classes", stored_draw)
    monkeypatch.setattr(method, "mix", checked_mix)
    return mixes
