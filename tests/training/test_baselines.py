"""A baseline sees what a method sees of the source, and nothing that belongs to the method."""

import dataclasses
import json
from pathlib import Path

import pytest

from keras_uda.config.schema import SegmenterConfig
from keras_uda.config.stored import to_dict
from keras_uda.core.strict_yaml import dump_yaml
from keras_uda.runs import folder
from keras_uda.runs.lineage import whole_run
from keras_uda.segmenters.weights.record import make_record
from keras_uda.training.baselines import baseline_folder
from keras_uda.training.baselines import baseline_hash
from keras_uda.training.baselines import baseline_of
from keras_uda.training.baselines import baselines_of
from keras_uda.training.baselines import given_model
from keras_uda.training.baselines import known_baselines
from keras_uda.training.baselines import record_baselines
from keras_uda.training.baselines import trained_baselines
from keras_uda.training.dry_run import untrained_baselines
from keras_uda.training.run import train_baselines
from tests.training.test_run import parsed


def test_a_baseline_has_as_many_source_batches_as_all_stages():
    """The adaptation of statistics takes none."""
    for method, steps in (("cbst", 20), ("minent", 5), ("adabn", 5)):
        (stage,) = baseline_of(parsed("--method", method, "--steps", "5"), "source_only").stages.values()
        assert (stage.method, stage.steps) == ("source_only", steps), method


@pytest.mark.parametrize("method", ["adabn", "cycada"])
def test_a_run_that_trains_no_segmenter_has_no_baselines(method):
    """Statistics or a translator alone, on a segmenter that is given: there are no batches that another could have."""
    run = parsed("--method", method)
    alone = [(name, stage) for name, stage in run.stages.items() if stage.method == method]
    run = dataclasses.replace(
        run, stages=dict(alone), segmenter=dataclasses.replace(run.segmenter, weights="runs/first")
    )
    why = {}
    assert run.source_steps == 0 and baselines_of(run) == () and known_baselines(run) == {}
    assert untrained_baselines(run) == [] and train_baselines(run, None, why) == {}
    assert set(why) == {"source_only", "oracle"} and "no stage trains the segmenter" in why["oracle"]


def test_what_belongs_to_a_method_is_left_out():
    flags = ["--data.transforms", "{lab: {}}", "--data.source.sampler", "{rare_class: {}}"]
    weak = ["--method", "weaklabel", "--weak", "oracle", "--data.weak_images", "9"]
    baseline = baseline_of(parsed(*weak, *flags, "--optimizers.segmenter.clip_norm", "3"), "oracle")
    assert baseline.data.transforms == baseline.data.source.sampler == {} and baseline.data.weak_images is None
    assert baseline.optimizers["segmenter"].clip_norm == 0 and set(baseline.optimizers) == {"segmenter"}


def test_a_stage_that_retrains_does_not_decide_the_rate():
    run = parsed("--method", "cbst")
    last = list(run.stages.values())[-1].optimizers["segmenter"]
    assert baseline_of(run, "oracle").optimizers["segmenter"].learning_rate > last.learning_rate


@pytest.mark.parametrize(
    ("flags", "shared"),
    [
        (["--method", "advent"], True),
        (["--method", "minent", "--data.transforms", "{lab: {}}"], True),
        (["--method", "minent", "--checkpoint_every", "3"], True),
        (["--method", "minent", "--seed", "1"], False),
        (["--method", "minent", "--steps", "7"], False),
        (["--method", "minent", "--data.batch", "3"], False),
    ],
)
def test_methods_of_the_same_data_and_length_share_one(flags, shared):
    one, other = (baseline_of(run, "oracle") for run in (parsed("--method", "minent"), parsed(*flags)))
    if "advent" in flags:  # whose configuration has another rate
        other = dataclasses.replace(other, optimizers=one.optimizers)
    assert (baseline_hash(one) == baseline_hash(other)) == shared


def test_baselines_that_are_trained_are_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = parsed("--method", "minent")
    assert known_baselines(run) == {}
    place = baseline_folder(run, "oracle")
    with place.claimed():
        place.update_record(status="finished")
    assert known_baselines(run) == {"oracle": place.path} and place.path.is_relative_to(folder.RUNS / "baselines")
    assert known_baselines(dataclasses.replace(run, method="oracle")) == {}


def test_those_of_a_run_are_found_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run, own = parsed("--method", "minent", "--steps", "20"), folder.RunFolder(tmp_path / "runs" / "own")
    places = {method: baseline_folder(run, method) for method in ("source_only", "oracle")}
    for place in (own, *places.values()):
        place.path.mkdir(parents=True)
        place.update_record(status="finished")
    (own / "config.yaml").write_text(dump_yaml(to_dict(run)))
    monkeypatch.chdir(tmp_path.parent)
    by_hash = trained_baselines(own)
    assert {name: one.path for name, one in by_hash.items()} == {n: tmp_path / one.path for n, one in places.items()}
    (tmp_path / "runs" / "baselines").rename(tmp_path / "away")
    assert trained_baselines(own) == {}
    moved = {method: tmp_path / "away" / place.path.relative_to("runs/baselines") for method, place in places.items()}
    record_baselines(own, moved)
    assert own.record["baselines"]["oracle"].startswith("../../away/")
    assert {name: one.path.resolve() for name, one in trained_baselines(own).items()} == moved


def test_a_run_that_goes_on_has_those_of_all_its_steps(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    more = parsed("--method", "minent", "--steps", "5", "--segmenter.weights", "runs/first")
    whole = whole_run(more, {"continues": {"weights": "imagenet", "steps": 20, "source_steps": 20}})
    at_once = parsed("--method", "minent", "--steps", "25")
    assert baseline_folder(whole, "oracle").path == baseline_folder(at_once, "oracle").path


ALONE = ("--method", "cbst", "--steps", "20", "--data.source.name", "none", "--segmenter.weights", "given")


def test_without_a_source_the_given_model_is_source_only(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = parsed(*ALONE)
    assert given_model(run) == Path("given") and given_model(parsed("--method", "cbst")) is None
    assert known_baselines(run) == {"source_only": Path("given")}
    one_file = dataclasses.replace(run.segmenter, weights="given/segmenter.weights.h5")
    assert given_model(dataclasses.replace(run, segmenter=one_file)) == Path("given")


def test_without_a_source_the_oracle_goes_on_from_it_for_all_steps():
    baseline = baseline_of(parsed(*ALONE), "oracle")
    assert baseline.segmenter.weights == "given" and baseline.stages["train"].steps == 60


def test_the_given_model_is_found_beside_a_finished_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run, own = parsed(*ALONE), folder.RunFolder(tmp_path / "runs" / "own")
    own.path.mkdir(parents=True)
    own.update_record(status="finished")
    (own / "config.yaml").write_text(dump_yaml(to_dict(run)))
    assert trained_baselines(own) == {}
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "segmenter.json").write_text("{}")
    assert {name: one.path for name, one in trained_baselines(own).items()} == {"source_only": Path("given")}
    record_baselines(own, {"source_only": tmp_path / "given"})
    monkeypatch.chdir(tmp_path.parent)
    assert trained_baselines(own)["source_only"].path.resolve() == tmp_path / "given"


def test_another_given_model_of_the_same_name_has_another_oracle(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    segmenter = SegmenterConfig(name="tiny", weights="none")
    run = parsed(*ALONE)
    found = {baseline_hash(baseline_of(run, "oracle"))}
    for sha256 in ("a" * 64, "b" * 64):
        Path("given").mkdir(exist_ok=True)
        record = make_record(segmenter, run.data.classes, "64x48") | {"sha256": sha256}
        Path("given/segmenter.json").write_text(json.dumps(record))
        found.add(baseline_hash(baseline_of(run, "oracle")))
    assert len(found) == 3
