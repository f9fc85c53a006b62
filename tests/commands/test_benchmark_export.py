"""`benchmark export` runs only artefacts that are what their record says."""

import json
import shutil

import pytest

from keras_uda.commands import benchmark_export
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.export import parity
from keras_uda.export.device_times import device_times
from keras_uda.export.device_times import reference_row
from keras_uda.export.device_times import trained
from tests.toy_export import run_here
from tests.toy_export import toy_exports


@pytest.mark.parametrize("how", ["in place", "behind a link", "deep", "gone"])
def test_no_artefact_is_timed_if_one_is_changed(tmp_path, how, monkeypatch):
    export = shutil.copytree(toy_exports(), tmp_path / "export")
    monkeypatch.setattr(parity, "run_apart", None)
    content = json.loads((export / "export.json").read_text())
    last = content["artefacts"].pop("tflite") | {"file": "a/b/c/model.tflite" if how == "deep" else "model.tflite"}
    (export / "export.json").write_text(json.dumps(content | {"artefacts": content["artefacts"] | {"tflite": last}}))
    changed = (export / "model.tflite").read_bytes() + b" "
    (export / "model.tflite").unlink()
    place = tmp_path / "store.tflite" if how == "behind a link" else export / last["file"]
    if how != "gone":
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(changed)
    if how == "behind a link":
        (export / "model.tflite").symlink_to(place)
    with pytest.raises(ArtefactError, match="truncated or changed|not there") as refusal:
        benchmark_export.main(["--export", str(export)])
    assert refusal.value.exit_code == 4


@pytest.mark.slow
@pytest.mark.ci
def test_exports_stand_side_by_side_in_a_table_and_a_picture(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(parity, "run_apart", run_here)
    second = shutil.copytree(toy_exports(), tmp_path / "second")
    benchmark_export.main(["--export", str(toy_exports()), str(second), "--output", str(tmp_path / "results")])
    content = json.loads((tmp_path / "results" / "device.json").read_text())
    stored = json.loads((second / "export.json").read_text())["artefacts"]
    assert [row["export"] for row in content["rows"]] == [toy_exports().name] * len(stored) + ["second"] * len(stored)
    assert {row["file"]: row["miou"] for row in content["rows"]} == {
        one["file"]: one["miou"] for one in stored.values()
    }
    table = (tmp_path / "results" / "device.md").read_text()
    assert table.count("`model.tflite`") == 2 and content["processor"] in table
    assert capsys.readouterr().out.count("matrix rate") == 2


def test_a_second_export_that_was_changed_is_found_before_the_first_is_timed(tmp_path, monkeypatch):
    monkeypatch.setattr(parity, "run_apart", None)
    second = shutil.copytree(toy_exports(), tmp_path / "second")
    (second / "model.tflite").write_bytes(b"other")
    with pytest.raises(ArtefactError, match="truncated or changed"):
        benchmark_export.main(["--export", str(toy_exports()), str(second)])


def test_the_reference_is_the_float32_file_whatever_is_as_fast(monkeypatch):
    monkeypatch.setattr(parity, "run_apart", run_here)  # it says a millisecond of every artefact
    assert reference_row(device_times(toy_exports()))["file"] == "model.tflite"


def test_files_in_turns_are_compared_with_the_first(capsys):
    benchmark_export.main(["--export", str(toy_exports()), "--turns", "3"])
    told = capsys.readouterr().out.splitlines()
    assert "3 turns" in told[0] and len(told) == 2
    assert told[1].split()[0] == "model.tflite" and told[1].endswith("1.000 (1.000 to 1.000)")


def test_the_ops_of_a_file_are_listed(capsys):
    benchmark_export.main(["--export", str(toy_exports()), "--turns", "1", "--ops", "model.tflite"])
    told = capsys.readouterr().out.splitlines()
    assert "model.tflite, 1 turns" in told[0] and told[1].split()[2] == "CAST"


def test_a_table_of_turns_has_the_tflite_files_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(parity, "run_apart", run_here)
    folder = tmp_path / "results"
    benchmark_export.main(["--export", str(toy_exports()), "--turns", "3", "--output", str(folder)])
    content = json.loads((folder / "device.json").read_text())
    (row,) = content["rows"]
    assert content["turns"] == 3 and row["file"] == "model.tflite"
    assert (row["ratio"], row["low"], row["high"]) == (1.0, 1.0, 1.0) and row["milliseconds"] > 0
    assert "1.00 (1.00 to 1.00)" in (folder / "device.md").read_text()


def test_the_record_says_how_the_network_was_trained():
    content = {"provenance": {"method": "dacs", "steps": 9}, "start": {"weights": "imagenet"}}
    assert trained(content) == "dacs, 9 steps, from imagenet"


REFUSED = [["--turns", "0"], ["--turns", "3", "--ops", "model.tflite", "--output", "results"]]
REFUSED.append(["--ops", "model.tflite"])


@pytest.mark.parametrize("flags", [*REFUSED, ["--turns", "1", "--ops", "model_int8.tflite"]])
def test_turns_are_counted_and_ops_fill_no_table(flags):
    with pytest.raises(UsageError):
        benchmark_export.main(["--export", str(toy_exports()), *flags])
