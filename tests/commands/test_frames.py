"""`frames`: a whole folder or none."""

import pytest

from keras_uda.__main__ import main
from tests.predict.clips import make_clip


def test_a_folder_that_train_takes(tmp_path, capsys):
    clip = make_clip(tmp_path / "drive.mp4", frames=30)
    assert main(["frames", "--input", str(clip), "--every", "0.4", "--output", str(tmp_path / "mine")]) == 0
    assert len(list((tmp_path / "mine").glob("*.jpg"))) == 3
    command = f"next: python -m keras_uda train --data.target.name folder --data.target.root {tmp_path}/mine"
    assert command in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--every", "-1"], "not an interval"),
        (["--every", "nan"], "not an interval"),
        (["--most", "0"], "not a number of frames"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path, capsys, flags, words):
    clip = make_clip(tmp_path / "drive.mp4")
    assert main(["frames", "--input", str(clip), "--output", str(tmp_path / "mine"), *flags]) == 2
    assert words in capsys.readouterr().err and not (tmp_path / "mine").exists()


def test_after_a_bad_clip_there_is_no_folder(tmp_path, capsys):
    clip, bad = make_clip(tmp_path / "drive.mp4"), tmp_path / "bad.mp4"
    bad.write_text("no clip")
    assert main(["frames", "--input", str(clip), str(bad), "--output", str(tmp_path / "mine")]) == 3
    assert not (tmp_path / "mine").exists()
    (tmp_path / "mine").mkdir()
    assert main(["frames", "--input", str(clip), "--output", str(tmp_path / "mine")]) == 2
    assert "exists" in capsys.readouterr().err
