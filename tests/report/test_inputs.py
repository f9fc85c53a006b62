"""What a report finds in a run folder; what is missing or damaged is empty."""

import pytest

from keras_uda.core.classes import CITYSCAPES
from keras_uda.report.frames import Frames
from keras_uda.report.inputs import Inputs
from tests.fake_run import make_run


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("runs") / "advent-1")


def test_frame_scores_are_counted_again_where_they_are_missing(whole_run, tmp_path):
    folder = make_run(tmp_path / "run")
    (folder / "frames" / "scores.json").unlink()
    assert Inputs(folder).frame_scores == Inputs(whole_run).frame_scores


def test_merged_classes_are_drawn_merged(tmp_path):
    folder = make_run(tmp_path / "run", frames=2)
    path = folder / "config.yaml"
    path.write_text(path.read_text().replace("merge: {}", "merge: {sidewalk: road}"))
    assert not (Inputs(folder).frames.predictions["adapted"] == CITYSCAPES.index("sidewalk")).any()


def test_an_empty_folder_is_empty_inputs(tmp_path):
    inputs = Inputs(tmp_path)
    assert inputs.record == inputs.evaluation == inputs.config == inputs.scored == inputs.frame_scores == {}
    assert inputs.frames == Frames() and inputs.metrics == [] and inputs.setting("data", "classes", default=3) == 3


def test_what_is_damaged_is_empty(whole_run, tmp_path):
    for name in ("run.json", "config.yaml", "evaluation.json", "frames.npz"):
        (tmp_path / name).write_bytes(b"\x00{[")
    inputs = Inputs(tmp_path)
    assert inputs.record == inputs.config == inputs.evaluation == {}


@pytest.mark.parametrize(
    ("method", "main", "name"),
    [
        ("advent", "adapted", "AdvEnt"),
        ("oracle", "oracle", "Oracle"),
        ("source_only", "source_only", "SourceOnly"),
        ("minent+advent", "adapted", "minent+advent"),
    ],
)
def test_a_run_is_its_method(tmp_path, method, main, name):
    (tmp_path / "config.yaml").write_text(f"method: {method}\n")
    inputs = Inputs(tmp_path)
    assert (inputs.main, inputs.method) == (main, name)


def test_a_domain_is_called_by_its_reader_or_its_folder(tmp_path):
    content = "data: {source: {name: sim, root: null}, target: {name: folder, root: /my/drives}}\n"
    (tmp_path / "config.yaml").write_text(content)
    assert [Inputs(tmp_path).domain(side) for side in ("source", "target")] == ["sim", "drives"]
