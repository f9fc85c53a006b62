"""Without a source: what a configuration means, and what cannot be meant."""

import json
from pathlib import Path

import pytest

from keras_uda.config.method_spec import method_facts
from keras_uda.config.names import METHODS
from keras_uda.config.source_free import able
from keras_uda.config.source_free import source_free
from keras_uda.config.stored import from_dict
from keras_uda.config.stored import to_dict
from keras_uda.core.errors import UsageError
from tests.config.helpers import parse

ALONE = ("--data.source.name", "none", "--segmenter.weights", "runs/first")
ABLE = ("adabn", "cbst", "dacs", "minent", "selftraining")


def refused(*arguments: str) -> str:
    with pytest.raises(UsageError) as error:
        parse(*arguments)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("method", ABLE)
def test_stages_read_no_source(method):
    run = parse("--method", method, *ALONE)
    assert run.method == method and run.has_no_source
    assert all("source" not in method_facts(stage.method).reads for stage in run.stages.values())
    assert [stage.method for stage in run.stages.values()] == {
        "adabn": ["adabn"],
        "cbst": ["cbst_source_free"] * 3,
        "dacs": ["dacs_source_free"],
        "minent": ["minent_source_free"],
        "selftraining": ["selftraining_source_free"] * 3,
    }[method]
    assert run.data.class_weight_exponent == 0
    assert not any(stage.pseudo_labels and stage.pseudo_labels.prior for stage in run.stages.values())


def test_it_is_stored_and_read_as_it_is():
    run = parse("--method", "cbst", *ALONE)
    assert source_free(run) == run and from_dict(to_dict(run)) == run


def test_the_recipe_can_do_without():
    run = parse(*ALONE)
    assert list(run.stages) == ["adapt"] and run.data.source.sampler == {}


def test_arguments_of_the_target_stay_and_those_of_the_source_go():
    run = parse("--method", "minent", *ALONE, "--stages.adapt.arguments.entropy_share", "0.3")
    arguments = run.stages["adapt"].arguments
    assert arguments == {"entropy_weights": [0.05, 0.01], "entropy_share": 0.3}
    weights = ("--stages.adapt.arguments.segmentation_weights", "[1.0, 0.1]")
    assert parse("--method", "minent", *ALONE, *weights).stages["adapt"].arguments.keys() == {"entropy_weights"}


def test_the_given_segmenter_stands_for_the_stages_of_the_source(tmp_path):
    labels = "pseudo_labels: {policy: global, labelled_by: first, prior: true, source_portion: 0.1}"
    file = tmp_path / "own.yaml"
    file.write_text(
        "method: cbst\noptimizers: {segmenter: {name: adam}}\nstages:\n  first: {method: source_only}\n"
        f"  round: {{method: cbst, teacher: first, {labels}}}\n"
    )
    (stage,) = parse("--config", str(file), *ALONE).stages.values()
    assert stage.teacher is None and stage.pseudo_labels.labelled_by is None
    assert not stage.pseudo_labels.prior and stage.pseudo_labels.source_portion == 1


def test_methods_that_are_able():
    assert tuple(able()) == ABLE


@pytest.mark.parametrize("method", sorted({*METHODS, "fda"} - {*ABLE, "oracle"}))
def test_every_method_that_needs_the_source_says_so(method):
    assert "data.source.name is `none`. Name a source, or take adabn, cbst" in refused("--method", method, *ALONE)


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (("--segmenter.weights", "imagenet"), "segmenter.weights: `imagenet`, but without a source"),
        (("--segmenter.weights", "none"), "segmenter.weights: `none`, but without a source"),
        (("--data.source.root", "frames"), "data.source.root: is given, but data.source.name is `none`"),
        (("--data.source.split", "val"), "data.source.split: is given, but data.source.name is `none`"),
        (("--data.source.merge", "{car: road}"), "data.source.merge: is given, but data.source.name is `none`"),
        (("--data.class_weight_exponent", "0.5"), "data.class_weight_exponent: `0.5`, but without a source"),
        (("--segmenter.target_share", "0.5"), "segmenter.target_share: 0.5, but dacs_source_free has no source"),
        (
            ("--data.transforms", "{lab: {}}"),
            "data.transforms: `lab` is for source images, but data.source.name is `none`",
        ),
        (("--data.source.sampler", "{rare_class: {}}"), "data.source.sampler: `rare_class` is for source images"),
        (("--add-ons", "feature_distance"), "needs `source`, but dacs_source_free has mixed, target_image"),
        (("--data.target.name", "none"), "data.target.name: `none` is for the source alone"),
        (("--data.labelled_images", "3"), "data.labelled_images: no stage reads labels of 3 target images"),
    ],
)
def test_what_cannot_be_meant(more, text):
    assert text in refused("--method", "dacs", *ALONE, *more)


@pytest.mark.parametrize("add_on", ["entropy", "class_prior"])
def test_nothing_is_added_to_what_trains_nothing(add_on):
    assert "adabn trains no segmenter" in refused("--method", "adabn", *ALONE, "--add-ons", add_on)


@pytest.mark.parametrize("add_on", ["entropy", "masked_consistency", "points"])
def test_losses_of_the_target_join(add_on):
    method = "minent" if add_on == "entropy" else "dacs"
    assert add_on in parse("--method", method, *ALONE, "--add-ons", add_on).stages["adapt"].add_ons


def test_a_source_changes_nothing():
    run = parse("--method", "cbst")
    assert source_free(run) is run and not run.has_no_source


def given(folder, **changes) -> str:
    """A folder with the record of a tiny segmenter of two classes."""
    arguments = {"name": "tiny", "weights": "none", "levels": 1, "arguments": {}, "target_share": 0.5}
    record = {"format": 2, "classes": ["road", "car"], "arguments": arguments} | changes
    (folder / "segmenter.json").write_text(json.dumps(record))
    return str(folder)


@pytest.mark.parametrize("file", ["", "segmenter.json", "segmenter.weights.h5"])
def test_network_and_classes_are_those_of_the_given_segmenter(tmp_path, file):
    weights = ("--segmenter.weights", str(Path(given(tmp_path)) / file))
    run = parse("--method", "minent", *ALONE[:2], *weights)
    assert run.segmenter.name == "tiny" and run.data.classes == ("road", "car")
    assert run.segmenter.target_share == 1.0  # it is of the run, not of the network
    own = parse("--method", "minent", *ALONE[:2], *weights, "--segmenter.name", "segformer", "--data.classes", "a,b")
    assert own.segmenter.name == "segformer" and own.data.classes == ("a", "b")
    with_source = parse("--method", "minent", *weights)
    assert with_source.segmenter.name == "efficientnet_lite0" and len(with_source.data.classes) == 19


@pytest.mark.parametrize(
    "changes", [{"format": 1}, {"classes": 3}, {"arguments": []}, {"arguments": {"name": "no such"}}]
)
def test_a_record_that_cannot_be_meant_changes_nothing_here(tmp_path, changes):
    run = parse("--method", "minent", *ALONE[:2], "--segmenter.weights", given(tmp_path, **changes))
    assert run.segmenter.name == "efficientnet_lite0" and len(run.data.classes) == 19


@pytest.mark.parametrize(
    ("method", "flags", "key"),
    [
        ("minent", ["--add-ons", "class_prior"], "stages.adapt.add_ons.class_prior.source_ratios"),
        ("dacs", ["--stages.adapt.arguments.logit_adjustment", "0.5"], "stages.adapt.arguments.source_ratios"),
    ],
)
def test_what_is_measured_on_source_labels_must_be_given(method, flags, key):
    told = refused("--method", method, *ALONE, *flags)
    assert f"{key}: it is measured on the labels of a source" in told
    ratios = f"--{key}", f"[{', '.join(['0.05'] * 19)}]"
    assert parse("--method", method, *ALONE, *flags, *ratios).has_no_source
    assert parse("--method", method, *flags)  # with a source it is measured
