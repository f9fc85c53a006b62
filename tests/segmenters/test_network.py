"""A network is one file and its line in the table: all else follows from what its factory says."""

import dataclasses

import keras
import numpy as np
import pytest

import keras_uda.segmenters
from keras_uda.artefacts.open_model import open_model
from keras_uda.config.names import SEGMENTERS
from keras_uda.config.names import resolve
from keras_uda.config.schema import SegmenterConfig
from keras_uda.config.segmenter_spec import NetworkFacts
from keras_uda.config.segmenter_spec import segmenter_arguments
from keras_uda.config.segmenter_spec import segmenter_facts
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.export.publish import export_run
from keras_uda.export.write import Wanted
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.build import save_segmenter
from keras_uda.segmenters.network import network
from keras_uda.segmenters.weights.record import make_record
from tests.export.models import output_of

MINE = """
import keras

from keras_uda.config.ranges import Width
from keras_uda.segmenters.network import network


@network(stride=2, heads=("logits",), dense=True, repeats={"first": 3, "body": 2}, input_multiple=4)
def mine(classes: int, *, width: Width = 4, doubled: bool = False) -> keras.Model:
    image = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(2 * width if doubled else width, 3, 2, padding="same", name="first")(image / 255)
    features = keras.layers.Conv2D(width, 3, padding="same", name="body_first")(x)
    logits = keras.layers.Conv2D(classes, 1, dtype="float32", name="logits")(features)
    return keras.Model(image, {"logits": logits, "features": features, "skips": {"stride2": x}})
"""
CLASSES = ("road", "sky")


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A network that exists in this test alone: a file and a line of the table."""
    (tmp_path / "networks").mkdir()
    (tmp_path / "networks" / "mine.py").write_text(MINE)
    paths = [*keras_uda.segmenters.__path__, str(tmp_path / "networks")]
    monkeypatch.setattr(keras_uda.segmenters, "__path__", paths)
    monkeypatch.setitem(SEGMENTERS, "mine", "mine.mine")
    return SegmenterConfig(name="mine", weights="none", arguments={"width": 6})


def test_its_models_say_what_the_decorator_says(mine):
    model = build_segmenter(mine, 2)
    assert (model.stride, model.dense, model.input_multiple, model.padding) == (2, True, 4, 0)
    assert model.head_names == ("logits",)
    assert model.repeats == {"first": 3, "body_first": 3}  # the first part that fits counts
    assert model.output["features"].shape[-1] == 6


def test_its_facts_are_read_without_importing_it(mine):
    facts = segmenter_facts("mine")
    assert (facts.stride, facts.dense, facts.input_multiple, facts.levels) == (2, True, 4, 1)
    assert facts.heads == ("logits",) and facts.repeats == {"first": 3, "body": 2}
    assert {name: argument.default for name, argument in segmenter_arguments("mine").items()} == {
        "width": 4,
        "doubled": False,
    }


def test_it_is_saved_read_and_exported(mine, tmp_path, monkeypatch):
    keras.utils.set_random_seed(0)
    config = dataclasses.replace(mine, arguments={"width": 6, "doubled": True})
    model = build_segmenter(config, 2)
    save_segmenter(model, tmp_path / "run", make_record(config, CLASSES, "32x24"))
    again, record = load_segmenter(tmp_path / "run")
    image = np.random.default_rng(0).uniform(0, 255, (1, 24, 32, 3)).astype("float32")
    np.testing.assert_array_equal(again(image)["logits"], model(image)["logits"])
    assert record["arguments"]["arguments"] == {"width": 6, "doubled": True}
    folder = export_run(tmp_path / "run", tmp_path / "export", Wanted(("tflite",)))
    assert open_model(folder).run(image.astype("uint8"))[0].shape == (1, 24, 32)


@pytest.mark.parametrize("changes", [{"levels": 2}, {"arguments": {"width": 6, "deep": True}}])
def test_options_that_it_has_not_are_refused(mine, changes, tmp_path):
    config = dataclasses.replace(mine, **changes)
    if "levels" in changes:
        with pytest.raises(UsageError, match="`mine` has one level"):
            build_segmenter(config, 2)
    save_segmenter(build_segmenter(mine, 2), tmp_path, make_record(config, CLASSES, "32x24"))
    with pytest.raises(ArtefactError, match="not a valid record"):
        load_segmenter(tmp_path)


@pytest.mark.parametrize("name", SEGMENTERS)
def test_static_facts_are_those_that_the_factory_was_decorated_with(name):
    """The source is read without importing it; what is read must be what runs."""
    factory, facts = resolve(SEGMENTERS, name, "segmenters"), segmenter_facts(name)
    for field in dataclasses.fields(NetworkFacts):
        assert getattr(factory.facts, field.name) == getattr(facts, field.name), field.name
    assert {name: argument.default for name, argument in facts.arguments.items()} == factory.__kwdefaults__


# Seconds to build; `deeplab_v2_resnet101` is tested every day, with the same normalisation.
HUGE = ("deeplab_v2_resnet101_proda", "deeplab_v2_vgg16", "fcn8s_vgg16")


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow, pytest.mark.ci] if name in HUGE else []) for name in SEGMENTERS],
)
def test_the_mean_colour_is_what_the_normalisation_makes_0(name):
    """Hidden blocks of an image have it; a network without the fact would see black there."""
    model = build_segmenter(SegmenterConfig(name=name, weights="none"), 2)
    normalization = keras.Model(model.input, model.get_layer("normalization").output)
    images = np.broadcast_to(np.array(model.mean_colour, "float32"), (1, 8, 8, 3))
    np.testing.assert_allclose(normalization(images), 0, atol=1e-6)


def test_unknown_facts_are_mistakes():
    with pytest.raises(TypeError, match="strid"):
        network(strid=4)


def test_facts_cost_no_tensorflow():
    code = "import sys; from keras_uda.config.segmenter_spec import segmenter_facts as facts; "
    assert output_of(code + "print(facts('tiny').stride, 'tensorflow' in sys.modules)") == "4 False\n"
