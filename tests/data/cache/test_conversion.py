"""The jobs of the cache: what they write, what they refuse, and how damage is found."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import id_lookup
from keras_uda.core.classes import train_ids
from keras_uda.data.cache import conversion
from keras_uda.world.render import render
from tests.data import making

MAP = train_ids(CITYSCAPES)


def label_job(path, copy, size=None, image_size=making.SIZE):
    return conversion.LabelJob(str(path), image_size, MAP, CITYSCAPES, size, str(copy))


def test_a_frame_is_drawn_into_two_files(tmp_path):
    lookup = id_lookup(MAP, CITYSCAPES[:8])
    files = str(tmp_path / "image.png"), str(tmp_path / "label.png")
    conversion.draw_frame(conversion.FrameJob("sim", 5, (32, 24), 1, lookup.tobytes(), *files))
    image, label = render("sim", 5, (32, 24), 1)
    np.testing.assert_array_equal(Image.open(files[0]), image)
    np.testing.assert_array_equal(Image.open(files[1]), lookup[label])


def test_an_image_is_checked_and_copied_only_if_it_must_be(tmp_path):
    plain = making.save(tmp_path / "plain.png", making.picture(0))
    deep = making.save(tmp_path / "deep.png", making.picture(0)[..., 0].astype(np.uint16) * 256)
    for path, copied in ((plain, False), (deep, True)):
        copy = tmp_path / f"copy of {path.name}"
        checked = conversion.check_image(conversion.ImageJob(str(path), str(copy)))
        assert checked.digest == hashlib.sha256(path.read_bytes()).hexdigest()
        assert (checked.head.width, checked.head.height) == making.SIZE and copy.exists() == copied
    np.testing.assert_array_equal(np.asarray(Image.open(copy))[..., 0], making.picture(0)[..., 0])


def test_a_bad_image_is_refused_with_its_reason(tmp_path):
    path = making.save(tmp_path / "a.png", making.picture(0))
    path.write_bytes(path.read_bytes()[:200])
    refusal = conversion.check_image(conversion.ImageJob(str(path), str(tmp_path / "copy.png")))
    assert isinstance(refusal, conversion.Refusal) and "truncated" in refusal.reason


def test_a_label_becomes_train_ids_at_the_size_that_is_asked(tmp_path):
    values = making.ids(0, [0, 3, 255])
    path = making.save(tmp_path / "label.png", values)
    assert conversion.convert_label(label_job(path, tmp_path / "own.png")) == (values != 255).sum()
    np.testing.assert_array_equal(Image.open(tmp_path / "own.png"), values)
    conversion.convert_label(label_job(path, tmp_path / "small.png", (13, 11)))
    rows, columns = ((np.arange(n) + 0.5) * side / n for n, side in ((11, 33), (13, 65)))
    expected = values[np.ix_(rows.astype(int), columns.astype(int))]
    np.testing.assert_array_equal(Image.open(tmp_path / "small.png"), expected)


def test_a_label_of_another_size_or_with_unknown_ids_is_refused(tmp_path):
    path = making.save(tmp_path / "label.png", making.ids(0))
    refusal = conversion.convert_label(label_job(path, tmp_path / "copy.png", image_size=(33, 65)))
    assert refusal.reason == "label is 65x33, image is 33x65"
    wrong = making.save(tmp_path / "wrong.png", making.ids(0, [0, 77]))
    assert "77" in conversion.convert_label(label_job(wrong, tmp_path / "copy.png")).reason
    assert not (tmp_path / "copy.png").exists()


@pytest.mark.parametrize("place", [0, 20, 60, -6])
def test_one_changed_byte_makes_a_file_not_whole(tmp_path, place):
    path = tmp_path / "a.png"
    conversion.write_png(str(path), making.picture(0))
    assert conversion.is_whole_png(str(path))
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    assert not conversion.is_whole_png(str(path))


def test_a_cut_or_missing_file_is_not_whole(tmp_path):
    path = tmp_path / "a.png"
    conversion.write_png(str(path), making.picture(0)[..., 0])
    np.testing.assert_array_equal(Image.open(path), making.picture(0)[..., 0])
    path.write_bytes(path.read_bytes()[:-12])
    assert not conversion.is_whole_png(str(path)) and not conversion.is_whole_png(str(tmp_path / "b.png"))
