"""A clip has a timeline: confidence, flicker and models of every frame, and the hardest frames."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from keras_uda.core.errors import UsageError
from tests.predict.calls import run
from tests.predict.clips import make_clip
from tests.toy_export import toy_forms


def test_a_clip_has_a_timeline(tmp_path, capsys):
    clip = make_clip(tmp_path / "clip.mp4", frames=60)
    run(clip, tmp_path / "out", "--hardest", "2")
    rows = list(csv.DictReader((tmp_path / "out" / "timeline.csv").open()))
    assert [row["frame"] for row in rows] == [str(number) for number in range(60)]
    assert float(rows[30]["seconds"]) == 1.2 and rows[0]["flicker"] == "" and float(rows[1]["still"]) >= 0
    record = json.loads((tmp_path / "out" / "predict.json").read_text())
    confidences = [float(row["confidence"]) for row in rows]
    assert record["confidence"]["mean"] == pytest.approx(np.mean(confidences), abs=1e-3)
    assert record["confidence"]["lowest"] == pytest.approx(min(confidences), abs=1e-3)
    assert list(record["models"].values()) == [60] and record["steadiness"]["still"] is not None
    assert 1 <= len(record["hardest"]) <= 2
    for entry in record["hardest"]:
        image = np.asarray(Image.open(tmp_path / "out" / entry["file"]))
        assert image.shape == (48, 80, 3) and entry["file"] == f"hardest/{entry['frame']:06d}.png"
    assert Image.open(tmp_path / "out" / "timeline.png").size[0] > 500
    told = capsys.readouterr().out
    assert "confidence: 0." in told and "hardest frames:" in told


@pytest.mark.slow
@pytest.mark.ci
def test_a_model_without_confidence_has_a_timeline_without(tmp_path, capsys):
    clip = make_clip(tmp_path / "clip.mp4", frames=6)
    model = "--model", str(toy_forms() / "model_label_map.tflite")
    run(clip, tmp_path / "out", *model, "--labels")
    run(clip, tmp_path / "out", *model, "--labels", "--resume")
    rows = list(csv.DictReader((tmp_path / "out" / "timeline.csv").open()))
    record = json.loads((tmp_path / "out" / "predict.json").read_text())
    assert [row["confidence"] for row in rows] == 6 * [""] and rows[1]["flicker"]
    assert record["confidence"] is None and record["hardest"] == []
    assert "confidence" not in capsys.readouterr().out and (tmp_path / "out" / "timeline.png").is_file()
    with pytest.raises(UsageError, match="--hardest: needs the confidence of a frame"):
        run(clip, tmp_path / "new", *model, "--hardest", "2")


def test_notes_of_others_are_not_touched(tmp_path):
    clip = make_clip(tmp_path / "clip.mp4")
    (tmp_path / "out" / "hardest").mkdir(parents=True)
    (tmp_path / "out" / "hardest" / "mine.png").touch()
    for flag in ("--overwrite", "--resume"):
        with pytest.raises(UsageError, match="not made by predict"):
            run(clip, tmp_path / "out", flag)
    assert (tmp_path / "out" / "hardest" / "mine.png").exists()
