"""Clips as a domain: frames at an interval, held out by clip, no frame of one split in the other."""

import shutil

import numpy as np
import pytest
from PIL import Image

from keras_uda.config.data_schema import DomainConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.data.domain import open_domain
from tests.pictures import frame
from tests.predict.clips import copy_from
from tests.predict.clips import cut
from tests.predict.clips import make_clip
from tests.predict.clips import turn


@pytest.fixture
def opened(tmp_path):
    """Opens a split of the footage below `drive` with a cache of its own."""

    def call(split="train", root="drive", skip="fail", exclude=None, **arguments):
        arguments = {"every_seconds": 0.2} | arguments
        config = DomainConfig("footage", str(tmp_path / root), on_bad_sample=skip, exclude=exclude, arguments=arguments)
        return open_domain(config, CITYSCAPES, split, cache=str(tmp_path / "cache"))

    return call


def drive(place, seconds: float, first: int, **options):
    """A clip at 10 frames per second; pictures number `first` and on."""
    return make_clip(place, frames=round(10 * seconds), rate=10, draw=lambda i: frame(first + i, 80, 48), **options)


def names(domain) -> list[str]:
    return [pair.name for pair in domain.pairs]


def test_frames_of_one_clip_have_their_times_in_their_names(tmp_path, opened):
    drive(tmp_path / "drive.mp4", 1, 0)
    domain = opened(root="drive.mp4")
    assert names(domain) == [f"drive.mp4/000000.{millis:03d}s.jpg" for millis in range(0, 1000, 200)]
    assert not domain.labelled and domain.root == tmp_path / "drive.mp4"
    assert domain.remarks == (
        "1 clip: 5 frames, one every 0.2 s; left out: none",
        "held out (`val`): nothing (one clip, and its frames are neighbours)",
        "few frames: about 40 are enough to try it; take them more often (--data.target.arguments.every_seconds 0.1), "
        "or add clips",
    )
    shown = np.asarray(Image.open(domain.pairs[2].image))
    assert np.abs(shown - frame(4, 80, 48).astype(int)).mean() < 12  # the frame at 0.4 seconds
    with pytest.raises(DataError, match="no clip is held out .one clip, and its frames are neighbours"):
        opened("val", root="drive.mp4")


def test_the_last_clips_are_held_out(tmp_path, opened):
    for number, seconds in enumerate((2, 2, 2, 2, 1, 0.6)):
        drive(tmp_path / "drive" / f"{number}.mp4", seconds, 100 * number)
    train, val = opened("train"), opened("val")
    assert {name.partition("/")[0] for name in names(train)} == {"0.mp4", "1.mp4", "2.mp4", "3.mp4"}
    assert {name.partition("/")[0] for name in names(val)} == {"4.mp4", "5.mp4"}  # 8 of 48 frames
    assert train.remarks[1] == "held out (`val`): 4.mp4, 5.mp4 (by clip)" and val.remarks == ()


def test_of_two_clips_the_shorter_one_is_held_out(tmp_path, opened):
    drive(tmp_path / "drive" / "a.mp4", 1, 0)
    drive(tmp_path / "drive" / "sub" / "b.mp4", 2, 100)
    assert {name[:5] for name in names(opened("val"))} == {"a.mp4"}
    assert names(opened("train"))[0] == "sub/b.mp4/000000.000s.jpg"


def test_a_black_clip_counts_for_nothing(tmp_path, opened):
    drive(tmp_path / "drive" / "a.mp4", 1, 0)
    make_clip(tmp_path / "drive" / "b.mp4", draw=lambda index: np.zeros((48, 80, 3), "uint8"))
    domain = opened()
    assert len(domain.pairs) == 5 and "nothing (one clip" in domain.remarks[1] and "3 black" in domain.remarks[0]


def test_held_out_clips_can_be_named(tmp_path, opened):
    for number in range(3):
        drive(tmp_path / "drive" / f"2024-05-0{number + 1}T10:22:33.mp4", 0.6, 100 * number)
    assert {name[:10] for name in names(opened("val", held_out=("2024-05-01*",)))} == {"2024-05-01"}
    assert len({name[:10] for name in names(opened(held_out=()))}) == 3
    for patterns, words in ((("night*",), "no clip has a name like night"), (("*",), "every clip is held out")):
        with pytest.raises(UsageError, match=words):
            opened(held_out=patterns)


def test_folders_may_say_what_is_held_out(tmp_path, opened):
    drive(tmp_path / "drive" / "train" / "a.mp4", 0.6, 0)
    drive(tmp_path / "drive" / "val" / "b.mp4", 2, 100)
    assert {name[:11] for name in names(opened("train"))} == {"train/a.mp4"}
    assert {name[:9] for name in names(opened("val"))} == {"val/b.mp4"}


def test_what_a_held_out_clip_shows_is_not_trained_on(tmp_path, opened):
    """Recorders let their clips overlap, and people copy them."""
    first = drive(tmp_path / "drive" / "a.mp4", 2, 0)
    copy_from(first, tmp_path / "drive" / "b.mp4", 1.55)  # from the key frame at 1.6 seconds
    train, val = opened("train"), opened("val")
    assert names(val) == ["b.mp4/000000.000s.jpg", "b.mp4/000000.200s.jpg"]
    assert len(train.pairs) == 8 and names(train)[-1] == "a.mp4/000001.400s.jpg"
    assert "2 like a frame of another clip" in train.remarks[0]


def test_frames_that_are_all_left_out_are_counted(tmp_path, opened):
    shutil.copy(drive(tmp_path / "drive" / "a.mp4", 1, 0), tmp_path / "drive" / "b.mp4")
    with pytest.raises(DataError, match="no frame is left of `train`; left out: 5 like a frame of another clip"):
        opened("train")


def test_frames_are_upright_and_pixels_square(tmp_path, opened):
    turn(drive(tmp_path / "plain.mp4", 1, 0), tmp_path / "drive.mp4", 90)
    assert Image.open(opened(root="drive.mp4").pairs[0].image).size == (48, 80)


def test_what_is_left_out_is_told(tmp_path, opened):
    black = np.full((48, 80, 3), 5, "uint8")
    pictures = [black] * 4 + [frame(0, 80, 48)] * 6 + [frame(1, 80, 48)] * 2
    make_clip(tmp_path / "drive.mp4", frames=12, rate=10, draw=pictures.__getitem__)
    told = opened(root="drive.mp4").remarks[0]
    # The second of the three repeated pictures is a key frame: the same scene, encoded anew.
    assert told == "1 clip: 2 frames, one every 0.2 s; left out: 2 black, 1 frozen, 1 near-duplicates"


def test_pictures_among_the_clips_are_told(tmp_path, opened):
    drive(tmp_path / "drive" / "a.mp4", 1, 0)
    Image.fromarray(frame(0)).save(tmp_path / "drive" / "a.jpg")
    assert opened().remarks[-1] == "1 pictures are not read: the reader `folder` takes them"


def test_a_bad_clip_is_named_or_skipped(tmp_path, opened, capsys):
    drive(tmp_path / "drive" / "a.mp4", 1, 0)
    cut(drive(tmp_path / "drive" / "b.mp4", 1, 100), 0.5)
    with pytest.raises(DataError, match="1 of 2 files cannot be used: b.mp4 .not a playable video"):
        opened()
    assert len(opened(skip="skip").pairs) == 5
    assert "1 of 2 clips left out" in capsys.readouterr().err


def test_a_clip_that_ends_early_gives_what_it_has(tmp_path, opened):
    cut(drive(tmp_path / "drive.mp4", 4, 0, container={"movflags": "faststart"}), 0.6)
    domain = opened(root="drive.mp4")
    assert 3 < len(domain.pairs) < 20 and domain.remarks[-1].startswith("drive.mp4: 40 frames declared")


def test_images_can_be_left_out_by_name(tmp_path, opened):
    drive(tmp_path / "drive.mp4", 1, 0)
    (tmp_path / "bad.txt").write_text("drive.mp4/000000.400s.jpg\n")
    assert len(opened(root="drive.mp4", exclude="bad.txt").pairs) == 4


@pytest.mark.parametrize(("content", "words"), [("a.txt", "no clip below this folder"), (None, "no such folder")])
def test_folders_without_a_clip_are_refused(tmp_path, opened, content, words):
    if content is not None:
        (tmp_path / "drive").mkdir()
        (tmp_path / "drive" / content).touch()
    with pytest.raises(DataError, match=words):
        opened()


def test_a_clip_for_another_reader_says_which_one_reads_it(tmp_path):
    clip = drive(tmp_path / "drive.mp4", 0.2, 0)
    with pytest.raises(DataError, match="a clip, not a folder. Add --data.target.name footage"):
        open_domain(DomainConfig("folder", str(clip)), CITYSCAPES, "train")
    with pytest.raises(DataError, match="no image.*, but clips. Add --data.target.name footage to read those"):
        open_domain(DomainConfig("folder", str(tmp_path)), CITYSCAPES, "train")
