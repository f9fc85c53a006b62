"""Several sources and targets: what an entry has, what the domains are called, and what cannot be meant."""

import pytest

from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.evaluation_spec import subsets_of
from keras_uda.config.several import domains_of
from keras_uda.config.several import labels_of
from keras_uda.config.several import one_target
from keras_uda.config.several import weak_labels_of
from keras_uda.config.several import without_weak_labels
from keras_uda.config.stored import from_dict
from keras_uda.config.stored import to_dict
from keras_uda.core.errors import UsageError
from tests.config.helpers import mistake
from tests.config.helpers import parse
from tests.config.helpers import parse_text

SOURCES = ("--data.sources", "[{name: sim, share: 2}, {name: drive}, {name: sim, world_seed: 4}]")
TARGETS = ("--data.targets", "[{name: street}, {name: acdc, root: /data/acdc, share: 0.5}]")
POINTS = ("--add-ons", "points")


def test_lists_are_read_and_stored():
    run = parse("--method", "minent", *SOURCES, *TARGETS)
    assert [(one.name, one.share) for one in run.data.sources] == [("sim", 2), ("drive", 1), ("sim", 1)]
    assert run.data.source == DomainConfig(name="sim") and run.data.target == DomainConfig(name="street")
    assert domains_of(run.data, "target") == run.data.targets
    assert from_dict(to_dict(run)) == run


def test_an_entry_has_what_the_one_says_where_it_says_nothing():
    flags = ("--data.source.frames", "50", "--data.source.sampler", "{rare_class: {}}", "--data.size", "128x96")
    run = parse("--method", "minent", *flags, "--data.sources", "[{name: sim}, {name: drive, frames: 7}]")
    assert [one.frames for one in run.data.sources] == [50, 7]
    assert {one.size for one in (*run.data.sources, run.data.source, run.data.target)} == {"128x96"}
    assert run.data.source.sampler == {"rare_class": {}} and not run.data.sources[0].sampler


def test_a_list_of_one_is_that_one():
    run = parse("--method", "minent", "--data.sources", "[{name: drive, share: 3}]")
    assert run.data.sources == () and run.data.source == DomainConfig(name="drive")
    assert to_dict(run) == to_dict(parse("--method", "minent", "--data.source.name", "drive"))


def test_a_flag_reaches_an_entry(tmp_path):
    text = "method: source_only\noptimizers: {segmenter: {name: adam}}\nstages: {a: {method: source_only}}\n"
    text += "data: {sources: [{name: sim}, {name: gta5}]}\n"
    run = parse_text(tmp_path, text, "--data.sources.1.root", "/data/gta5", "--data.sources.0.share", "3")
    assert run.data.sources[1].root == "/data/gta5" and run.data.sources[0].share == 3
    assert "there is no entry 2" in mistake(tmp_path, text, "--data.sources.2.root", "x")
    assert "a group of fields" in mistake(tmp_path, text, "--data.sources.0", "x")
    assert "unknown key" in mistake(tmp_path, text, "--data.sources.0.rot", "x")


def test_without_lists_nothing_is_stored_of_them():
    """Hashes of runs of earlier versions stay what they were."""
    content = to_dict(parse("--method", "minent"))
    assert not {"sources", "targets"} & set(content["data"]) and "also" not in content["evaluation"]
    assert "merge" not in content["data"]["target"]


def test_domains_are_called_after_their_data_set_or_folder():
    domains = [("sim", None), ("folder", "/a/mine"), ("sim", None), ("acdc", "/b/mine"), ("folder", ".")]
    labels = labels_of(tuple(DomainConfig(name=name, root=root) for name, root in domains))
    assert labels == ("sim", "mine", "sim-2", "mine-2", "folder")


def test_each_target_is_a_part_that_is_scored():
    run = parse("--method", "minent", *TARGETS, "--evaluation.subsets", "{both: '*'}")
    subsets = subsets_of(run)
    assert subsets["street"] == "street/*" and subsets["acdc"] == "acdc/*" and subsets["both"] == "*"
    assert subsets["acdc night"].startswith("acdc/") and "street night" not in subsets


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        (("--data.sources", "[{share: 1}]"), "data.sources: entry 0 has no name"),
        (("--data.sources", "[{name: sim}, {name: sim}]"), "data.sources.1: is the same as entry 0"),
        (
            ("--data.sources", "[{name: sim}, {name: drive, shares: 2}]"),
            "data.sources.1.shares: unknown key. Did you mean `share`",
        ),
        (("--data.targets", "[{name: street, weak: x}, {name: drive}]"), "data.targets.0.weak: unknown key"),
        (
            ("--evaluation.also", "[{name: sim, share: 2}]"),
            "evaluation.also.0.share: unknown key. Choose one of name, root",
        ),
        (("--data.sources", "[{name: folder, root: /a}, {name: folder, root: /b/../a/}]"), "1: is the same as entry 0"),
        (("--evaluation.also", "[{name: sim}, {name: sim, frames: 5}]"), "also.1: is the same as evaluation.also.0"),
        ((*TARGETS, "--evaluation.subsets", "{acdc: 'a*'}"), "evaluation.subsets.acdc: is what one of the targets is"),
        (("--evaluation.also", "[{name: sim, eval_frames: 0}]"), "evaluation.also.0.eval_frames: 0: nothing to score"),
        (("--evaluation.also", "[{name: street}]"), "evaluation.also.0: is the same as data.target, which is scored"),
        ((*TARGETS, "--evaluation.also", "[{name: street}]"), "also.0: is the same as data.targets.0, which is scored"),
        (
            ("--evaluation.also", "[{name: sim, sampler: {rare_class: {}}}]"),
            "evaluation.also.0.sampler: nothing is drawn",
        ),
        (("--data.sources", "[{name: sim}, {name: none}]"), "data.sources.1.name: `none` stands among others"),
        (
            ("--data.sources", "[{name: sim}, {name: drive, share: 0}]"),
            "data.sources.1.share: `0` is not valid. Give more than 0",
        ),
        (("--data.sources", "[{name: sim}, {name: drive, share: -1}]"), "Give more than 0"),
        (("--data.sources", "[{name: sim}, {name: drive, share: much}]"), "Give a number"),
        (("--data.sources", "[{name: sim}, {name: simm}]"), "`simm` is not valid. Did you mean `sim`?"),
        (("--data.sources", "[{name: sim}, {name: drive, size: 64x64}]"), "data.sources.1.size: `64x64`, but entry 0"),
        (("--data.sources", "[{name: sim, sampler: {rare_class: {}}}, {name: drive}]"), "Set --data.source.sampler"),
        (("--data.sources", "sim"), "Give a list in brackets"),
        ((*SOURCES, "--data.source.name", "none"), "--data.source.name: is given beside data.sources"),
        ((*TARGETS, "--data.target.root", "/x"), "Write --data.targets.0.root, or drop one of them"),
        ((*TARGETS, "--data.target.arguments.condition", "[fog]"), "--data.targets.0.arguments.condition"),
        (
            ("--data.targets", "[{name: street, root: /x}, {name: drive}]"),
            "data.targets.0.root: `/x` given",
        ),
        (("--data.targets", "[{name: street}, {name: none}]"), "`none`"),
        (("--evaluation.also", "[{name: none}]"), "evaluation.also.0.name: `none` is for the source alone"),
        (("--data.target.name", "none"), "data.target.name: `none` is for the source alone"),
        ((*TARGETS, *POINTS, "--data.weak_labels", "a.csv"), "data.weak_labels: `a.csv` stands beside data.targets"),
        (("--data.targets", "[{name: street, weak_labels: a.csv}, {name: drive}]"), "nothing reads it here"),
        (
            ("--data.targets", "[{name: street, weak_labels: none}, {name: drive, weak_labels: none}]", *POINTS),
            "data.targets: no target has weak labels",
        ),
        (("--data.sources", "[{name: sim}, {name: drive, weak_labels: a.csv}]"), "a source has labels. Drop it"),
        (("--data.sources", "[{name: drive, weak_labels: a.csv}]"), "a source has labels. Drop it"),
        ((*TARGETS, *POINTS, "--data.weak_points", "0"), "data.weak_points: 0, but a stage learns from points"),
        ((*SOURCES, "--data.crop", "300x300"), "data.crop: `300x300` does not fit into data.sources.0.size"),
    ],
)
def test_what_cannot_be_meant(flags, text):
    with pytest.raises(UsageError) as error:
        parse("--method", "minent", *flags)
    assert text in str(error.value) and "\n" not in str(error.value)


def test_every_target_has_weak_labels_of_its_own():
    targets = "[{name: street, weak_labels: a.csv}, {name: drive}, {name: street_no_sky, weak_labels: none}]"
    run = parse("--method", "weaklabel", "--weak", "tags", "--data.targets", targets)
    assert weak_labels_of(run.data) == {"data.targets.0.weak_labels": "a.csv", "data.targets.2.weak_labels": "none"}
    assert one_target(run.data, 0).weak_labels == "a.csv" and one_target(run.data, 1).targets == ()
    assert from_dict(to_dict(run)) == run and "weak_labels" not in to_dict(run)["data"]["targets"][1]
    assert weak_labels_of(without_weak_labels(run.data)) == {}
    of_one = parse("--method", "weaklabel", "--weak", "tags", "--data.targets", "[{name: street, weak_labels: a.csv}]")
    assert of_one.data.weak_labels == "a.csv" and not of_one.data.targets


def test_domains_beside_the_target_have_its_size():
    run = parse("--method", "minent", "--data.size", "128x96", "--evaluation.also", "[{name: street_no_sky}]")
    assert run.evaluation.also == (DomainConfig(name="street_no_sky", size="128x96"),)
    assert from_dict(to_dict(run)) == run
