"""Fields by their dotted keys."""

import pytest

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.fields import leaves
from keras_uda.config.fields import options_of
from keras_uda.config.fields import type_at
from keras_uda.config.fields import unknown_key
from keras_uda.config.stage_schema import PseudoLabelConfig


def test_types_at_keys():
    assert type_at("data") is DataConfig
    assert options_of(type_at("data.source.root")) == (str, type(None))
    assert options_of(type_at("data.batch")) == (int,)
    assert options_of(type_at("stages.any.pseudo_labels")) == (PseudoLabelConfig, type(None))
    assert options_of(type_at("stages.any.pseudo_labels.portion")) == (float,)
    assert type_at("stages.any.arguments.whatever") is not None
    for key in ("dat", "data.batchh", "data.batch.more", "segmenter.width"):
        assert type_at(key) is None


@pytest.mark.parametrize(
    ("key", "remedy"),
    [
        ("data.bacth", "Did you mean `batch`?"),
        ("stages.adapt.stepps", "Did you mean `steps`?"),
        ("learning_rte", "Did you mean `optimizers.NAME.learning_rate`?"),
        ("evaluation.zzz", "Choose one of merge, subsets, class_sets, also"),
    ],
)
def test_the_nearest_key(key, remedy):
    assert unknown_key(key) == remedy


def test_every_field_has_its_help():
    helps = {key: text for key, _, text in leaves()}
    assert "data.source.root" in helps and "stages.NAME.steps" in helps and "optimizers.NAME.schedule" in helps
    empty = [key for key, text in helps.items() if text.startswith(" (default")]
    assert not empty


def test_defaults_stand_as_in_yaml():
    helps = {key: text for key, _, text in leaves()}
    ends = {
        "seed": "(default 0)",
        "data.zoom": "(default 1.0)",
        "data.flip": "(default true)",
        "data.size": "(default none)",
    }
    ends |= {
        "data.target.name": "(default street)",
        "data.source.name": "(default sim)",
        "segmenter.levels": "(default 1)",
    }
    for key, end in ends.items():
        assert helps[key].endswith(end), helps[key]
