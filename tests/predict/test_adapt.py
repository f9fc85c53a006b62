"""`predict --adapt statistics`: in order, causal, the same after a kill, never written into the run."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from keras_uda.commands import predict as command
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from tests.pictures import frame
from tests.predict.calls import contents
from tests.predict.calls import write_images
from tests.predict.clips import make_clip
from tests.toy_export import toy_exports
from tests.toy_export import toy_run

ADAPT = ("--adapt", "statistics")


def call(source, output, *flags, model=None):
    command.main(["--input", str(source), "--output", str(output), "--model", str(model or toy_run()), *flags])
    return output


def labels_of(folder):
    return [np.array(Image.open(path)) for path in sorted((folder / "labels").glob("*.png"))]


def test_later_frames_do_not_matter_and_earlier_ones_do(tmp_path):
    clip = make_clip(tmp_path / "clip.mp4", frames=8)
    plain = labels_of(call(clip, tmp_path / "plain", "--labels"))
    whole = labels_of(call(clip, tmp_path / "whole", "--labels", *ADAPT))
    begun = labels_of(call(clip, tmp_path / "begun", "--labels", "--frames", "5", *ADAPT))
    assert len(whole) == 8 and len(begun) == 5
    np.testing.assert_array_equal(whole[:5], begun)
    changed = [(one != other).mean() for one, other in zip(plain, whole, strict=True)]
    assert changed[-1] > 0.01
    assert json.loads((tmp_path / "whole" / "predict.json").read_text())["adapt"] == "statistics"
    plain = json.loads((tmp_path / "plain" / "predict.json").read_text())
    assert plain["adapt"] is None and "statistics" not in plain


def test_it_is_said_how_many_frames_showed_nothing(tmp_path, capsys):
    black = np.zeros((48, 80, 3), "uint8")
    clip = make_clip(tmp_path / "clip.mp4", 8, draw=lambda number: black if 2 <= number < 5 else frame(number, 80, 48))
    call(clip, tmp_path / "out", *ADAPT)
    found = json.loads((tmp_path / "out" / "predict.json").read_text())["statistics"]
    assert found == {"moved_by": 5, "showed_nothing": 3}
    said = " ".join(" ".join(capsys.readouterr()).split())
    assert "statistics: 5 frames moved them; 3 showed nothing (dark, covered) and moved none" in said


def test_the_run_stays_as_it_is(tmp_path):
    run = shutil.copytree(toy_run(), tmp_path / "run")
    before = contents(run)
    call(make_clip(tmp_path / "clip.mp4", frames=3), tmp_path / "out", *ADAPT, model=run)
    assert contents(run) == before


def test_a_continued_call_goes_through_every_frame_again(tmp_path):
    clip = make_clip(tmp_path / "clip.mp4", frames=8)
    whole = call(clip, tmp_path / "whole", "--labels", *ADAPT)
    half = call(clip, tmp_path / "half", "--labels", "--frames", "5", *ADAPT)
    call(clip, half, "--labels", "--resume", *ADAPT)
    np.testing.assert_array_equal(labels_of(whole), labels_of(half))
    with pytest.raises(UsageError, match="begun with adapt 'statistics', now it is None"):
        call(clip, half, "--labels", "--resume")


@pytest.mark.parametrize("place", ["", "model.tflite", "saved_model", "saved_model/1"])
def test_an_export_has_folded_its_normalisation(tmp_path, place):
    clip = make_clip(tmp_path / "clip.mp4", frames=2)
    with pytest.raises(UsageError, match="--adapt: needs a run folder; .* Give the run as --model"):
        call(clip, tmp_path / "out", *ADAPT, model=toy_exports() / place)
    assert not (tmp_path / "out").exists()


def test_what_is_not_there_is_no_export(tmp_path):
    with pytest.raises(ArtefactError, match="no such model"):
        call(make_clip(tmp_path / "clip.mp4", frames=2), tmp_path / "out", *ADAPT, model=tmp_path / "none")
    assert not (tmp_path / "out").exists()


def test_a_segmenter_without_statistics_is_refused(tmp_path):
    run = shutil.copytree(toy_run(), tmp_path / "run")
    record = json.loads((run / "segmenter.json").read_text())
    record["arguments"]["arguments"]["batch_norm"] = "frozen"
    (run / "segmenter.json").write_text(json.dumps(record))
    with pytest.raises(UsageError, match="no layer of tiny moves its statistics"):
        call(make_clip(tmp_path / "clip.mp4", frames=2), tmp_path / "out", *ADAPT, model=run)


def test_images_are_no_stream(tmp_path):
    folder = write_images(tmp_path / "in", ["a.png", "b.png"])
    for source in (folder, folder / "a.png"):
        with pytest.raises(UsageError, match="--adapt: is for footage"):
            call(source, tmp_path / "out", *ADAPT)


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--server", "http://localhost:8501"), "--adapt: re-estimates a model at hand"),
        (("--model", "run", "--window"), "--adapt: follows whole frames"),
    ],
)
def test_wrong_combinations(flags, told):
    with pytest.raises(UsageError, match=told):
        command.main(["--input", "a.mp4", *ADAPT, *flags])
