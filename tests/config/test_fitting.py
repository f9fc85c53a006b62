"""Add-ons of a file that have nothing to act on: which are left out, and that a flag is taken at its word."""

import pytest

from keras_uda.config.fitting import without_idle_add_ons
from keras_uda.core.errors import UsageError
from tests.config.helpers import parse

ALONE = ("--data.source.name", "none", "--segmenter.weights", "runs/given")
RANDOM = ("--segmenter.weights", "none")
DISTANCE = ["feature_distance"]


def add_ons(*arguments: str) -> dict[str, list[str]]:
    return {name: list(stage.add_ons) for name, stage in parse(*arguments).stages.items()}


def test_the_recipe_keeps_features_close_to_their_start():
    assert add_ons() == {"train": DISTANCE, "adapt": DISTANCE}


def test_there_is_no_start_to_keep_to_in_random_weights():
    assert add_ons(*RANDOM) == {"train": [], "adapt": DISTANCE}
    assert add_ons(*RANDOM, "--segmenter.name", "segformer") == {"train": [], "adapt": DISTANCE}


def test_weights_of_a_run_are_a_start_to_keep_to():
    assert add_ons("--segmenter.weights", "runs/given") == {"train": DISTANCE, "adapt": DISTANCE}


def test_without_a_source_nothing_of_it_is_asked_for():
    assert add_ons(*ALONE) == {"adapt": []}


def test_a_flag_is_taken_at_its_word():
    assert add_ons(*RANDOM, "--stages.train.add_ons.feature_distance.weight", "0.01")["train"] == DISTANCE
    assert add_ons(*RANDOM, "--stages.train.add_ons", "{feature_distance: {}}")["train"] == DISTANCE
    for flag in (("--add-ons", "feature_distance"), ("--stages.adapt.add_ons", "{feature_distance: {}}")):
        with pytest.raises(UsageError, match="needs `source`"):
            parse(*ALONE, *flag)


@pytest.mark.parametrize("stages", [None, "adapt", {"adapt": None}, {"adapt": {"add_ons": "all"}}])
def test_what_is_no_stage_is_left_to_the_schema(stages):
    content = {"stages": stages, "data": {"source": {"name": "none"}}}
    assert without_idle_add_ons(content, ()) == content
