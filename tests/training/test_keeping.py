"""The better of adapted and source-only is kept, and everybody is told which it is."""

import json

import pytest

from keras_uda.__main__ import main
from keras_uda.evaluation.unlabelled_comparison import UnlabelledComparison
from keras_uda.export import parity
from tests.toy_export import run_here
from tests.training.test_selection import SMALL as WITHOUT_BASELINES
from tests.training.test_selection import read

SMALL = [*WITHOUT_BASELINES, "--baselines", "all"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Runs share their baselines, as they do below `runs/`."""
    place = tmp_path_factory.mktemp("keeping")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(place / "cache"))
        patch.chdir(place)
        yield place


def trained(place, believed: str, *flags: str):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(UnlabelledComparison, "better", believed)
        folder = place / f"{believed}{len(flags)}"
        assert main(["train", *SMALL, *flags, "--output", str(folder)]) == 0
    return folder


def hashes(folder) -> set[str]:
    return {read(path)["sha256"] for path in folder.glob("**/segmenter.json")}


@pytest.fixture(scope="module")
def source_only_kept(place):
    return trained(place, "source_only", "--keep", "better")


@pytest.mark.slow
@pytest.mark.ci
def test_source_only_is_published_where_it_is_believed(source_only_kept, place):
    folder, source_only = source_only_kept, next(place.glob("runs/baselines/*/source_only"))
    record = read(folder / "segmenter.json")
    assert record["sha256"] == read(source_only / "segmenter.json")["sha256"]
    assert record["provenance"]["kept"] == "source_only" and read(folder / "run.json")["kept"] == "source_only"
    assert record["sha256"] not in hashes(folder / "stages")  # the adapted one stays there
    content = read(folder / "evaluation.json")
    assert content["without_labels"]["kept"] == "source_only" and content["adapted"]["train_steps"] == 4
    assert content["target_labels_read"] == ["evaluation", "oracle"]
    assert "source-only one (--keep better)" in (folder / "notes.json").read_text()
    assert "The segmenter of this run is the source-only one." in (folder / "report.html").read_text()


@pytest.mark.slow
@pytest.mark.ci
def test_what_is_kept_is_what_is_exported(source_only_kept, place, tmp_path, monkeypatch):
    monkeypatch.setattr(parity, "run_apart", run_here)
    output = tmp_path / "export"
    assert main(["export", "--run", str(source_only_kept), "--output", str(output), "--formats", "saved_model"]) == 0
    content = read(output / "export.json")
    assert content["segmenter"]["sha256"] == read(source_only_kept / "segmenter.json")["sha256"]
    assert content["provenance"]["kept"] == "source_only"


@pytest.mark.slow
@pytest.mark.ci
def test_the_adapted_one_is_published_where_it_is_believed(place):
    folder = trained(place, "adapted", "--keep", "better")
    record = read(folder / "segmenter.json")
    assert record["provenance"]["kept"] == "adapted" and {record["sha256"]} == hashes(folder)


@pytest.mark.slow
@pytest.mark.ci
def test_by_default_harm_is_said_and_nothing_else(place, capsys):
    folder = trained(place, "source_only")
    said = capsys.readouterr()
    assert "seems to have HURT" in said.err and "runs/baselines" in said.err
    (note,) = [note for note in json.loads((folder / "notes.json").read_text()) if note["key"] == "without_labels"]
    assert note["level"] == "warning"
    assert "kept" not in read(folder / "segmenter.json")["provenance"] and len(hashes(folder)) == 1
    assert read(folder / "evaluation.json")["without_labels"]["kept"] == "adapted"


@pytest.mark.slow
@pytest.mark.ci
def test_a_run_goes_on_with_what_it_was_asked_to_keep(source_only_kept, place, capsys):
    before = (source_only_kept / "segmenter.json").read_bytes()
    assert main(["train", *SMALL, "--output", str(source_only_kept)]) == 2
    assert "--keep" in capsys.readouterr().err
    assert main(["train", *SMALL, "--keep", "better", "--output", str(source_only_kept)]) == 0
    assert (source_only_kept / "segmenter.json").read_bytes() == before


@pytest.mark.parametrize("flags", [["--baselines", "none"], ["--method", "source_only"]])
def test_there_must_be_something_to_compare_with(flags, tmp_path, capsys):
    assert main(["train", *SMALL, *flags, "--keep", "better", "--output", str(tmp_path / "run")]) == 2
    assert "--keep" in capsys.readouterr().err and not (tmp_path / "run").exists()
