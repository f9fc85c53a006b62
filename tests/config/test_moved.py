"""Keys of earlier versions are read where they are now."""

import copy

import pytest

from keras_uda.config.moved import read_moved
from keras_uda.core.errors import UsageError


def moved(content: dict) -> dict:
    return read_moved(copy.deepcopy(content))


def test_options_of_networks():
    old = {"segmenter": {"name": "tiny", "batch_norm": "frozen", "width": 4}}
    assert moved(old) == {"segmenter": {"name": "tiny", "arguments": {"batch_norm": "frozen", "width": 4}}}


def test_what_was_written_as_a_default_and_the_network_does_not_have_is_dropped():
    defaults = {"batch_norm": "live", "aspp_dilations": [6, 12, 18, 24], "width": None, "feature_norm": False}
    assert moved({"segmenter": {"name": "fcn8s_vgg16", **defaults}}) == {"segmenter": {"name": "fcn8s_vgg16"}}
    kept = moved({"segmenter": {"name": "fcn8s_vgg16", "batch_norm": "frozen"}})
    assert kept["segmenter"]["arguments"] == {"batch_norm": "frozen"}  # and refused by the check of options


def test_options_of_optimisers_and_schedules_everywhere():
    flat = {"name": "adam", "beta_2": 0.99, "momentum": 0.9, "repeats": "nominal", "power": 0.5, "horizon": 2.0}
    now = {
        "name": "adam",
        "arguments": {"betas": [0.9, 0.99]},
        "schedule": {"polynomial": {"power": 0.5, "horizon": 2.0}},
    }
    old = {"optimizers": {"segmenter": flat}, "stages": {"a": {"method": "minent", "optimizers": {"segmenter": flat}}}}
    found = moved(old)
    assert found["optimizers"]["segmenter"] == now == found["stages"]["a"]["optimizers"]["segmenter"]


def test_weak_labels_belong_to_the_stages_that_learn_from_them():
    stages = {"a": {"method": "source_only"}, "b": {"method": "weaklabel"}}
    found = moved({"weak": "tags", "stages": stages})
    assert found == {
        "stages": {"a": {"method": "source_only"}, "b": {"method": "weaklabel", "arguments": {"weak": "oracle"}}}
    }
    assert moved({"weak": None}) == {}
    assert moved({"weak": "point", "stages": {"a": {"method": "minent"}}})["weak"] == "point"  # refused later


def test_weights_of_classes_belong_to_the_run():
    stage = {"method": "dacs", "arguments": {"surest": 0.6, "class_weight_exponent": 0.25}}
    now = moved({"stages": {"adapt": stage, "again": stage}})
    assert now["data"] == {"class_weight_exponent": 0.25}
    assert now["stages"] == dict.fromkeys(("adapt", "again"), {"method": "dacs", "arguments": {"surest": 0.6}})
    with pytest.raises(UsageError, match="stands twice"):
        moved({"data": {"class_weight_exponent": 0.5}, "stages": {"adapt": stage}})


def test_lines_go_along():
    content = {"segmenter": {"name": "tiny", "width": 4}, "optimizers": {"segmenter": {"power": 0}}}
    lines = {"segmenter.width": 3, "optimizers.segmenter.power": 7}
    read_moved(content, lines)
    assert lines == {"segmenter.arguments.width": 3, "optimizers.segmenter.schedule.polynomial.power": 7}


@pytest.mark.parametrize(
    "content",
    [
        {"segmenter": {"name": "tiny", "width": 4, "arguments": {"width": 4}}},
        {"optimizers": {"segmenter": {"name": "sgd", "momentum": 0.5, "arguments": {"momentum": 0.9}}}},
        {"optimizers": {"segmenter": {"power": 1, "schedule": {"polynomial": {"power": 1}}}}},
    ],
)
def test_an_option_at_both_places_is_refused(content):
    with pytest.raises(UsageError, match="stands twice: it is `"):
        moved(content)


@pytest.mark.parametrize(
    "content",
    [
        {"segmenter": None},
        {"segmenter": {"name": 5, "width": 3}},
        {"segmenter": {"name": "tiny", "width": 3, "arguments": [1]}},
        {"optimizers": [1]},
        {"optimizers": {"segmenter": 5}},
        {"optimizers": {"segmenter": {"power": 1, "schedule": "x"}}},
        {"stages": {"a": None, "b": {"method": []}, "c": {"arguments": 5}}},
        {"weak": [], "stages": {"a": {"method": "weaklabel", "arguments": None}}},
    ],
)
def test_wrong_types_are_left_for_the_check_of_types(content):
    moved(content)


def test_tags_are_the_plain_word_in_a_stage_too():
    stages = {"adapt": {"method": "weaklabel", "arguments": {"weak": "tags"}}, "other": {"method": "minent"}}
    assert moved({"stages": stages})["stages"]["adapt"]["arguments"] == {"weak": "oracle"}
