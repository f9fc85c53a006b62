"""What the doctor says of a whole split."""

import numpy as np
import pytest
from PIL import Image

from keras_uda.data.doctor.examine import examine_domain
from tests.data import making

SIZE = (256, 192)


def examined(root, **fields):
    """(remarks, problems) of the training split."""
    result = examine_domain("target train", making.domain(root, **fields), SIZE)
    return "\n".join(result.remarks), [problem.reason for problem in result.problems]


def test_where_images_and_labels_were_found(tmp_path):
    root = making.make_folder(tmp_path, ["a/b", "a/c"])
    remarks, problems = examined(root)
    assert "images in images/train/a/, labels in labels/train/a/" in remarks and not problems


def test_files_that_are_not_read_are_counted(tmp_path):
    making.save(tmp_path / "a.jpg", making.picture(0))
    for name in ("b.heic", "sub/c.gif", "d.GIF", "drive.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    remarks, _ = examined(tmp_path)
    assert "3 pictures of other formats (.gif 2, .heic 1) are not read" in remarks
    assert "1 clips (.mp4 1) are not read: `python -m keras_uda frames`" in remarks and "images in the root" in remarks


@pytest.mark.parametrize(("bits", "brightest"), [(10, 3), (12, 15), (14, 63)])
def test_images_of_fewer_bits_than_16_are_nearly_black(tmp_path, bits, brightest):
    for number in range(2):
        values = np.random.default_rng(number).integers(0, 2**bits, (48, 64)).astype(np.uint16)
        values[0, 0] = 2**bits - 1
        making.save(tmp_path / f"{number}.png", values)
    remarks, problems = examined(tmp_path)
    assert f"2 images are nearly black, values end at {brightest} of 255, e.g. 0.png; of 16 bits" in remarks
    assert not problems


def test_images_that_use_their_bits_are_not(tmp_path):
    making.save(tmp_path / "a.png", np.random.default_rng(0).integers(0, 2**16, (48, 64)).astype(np.uint16))
    making.save(tmp_path / "night.png", making.picture(0) >> 2)
    assert "black" not in examined(tmp_path)[0]
    making.save(tmp_path / "black.png", making.picture(0) >> 5)
    assert "1 images are nearly black, values end at 7 of 255, e.g. black.png" in examined(tmp_path)[0]


def test_label_files_given_as_images(tmp_path):
    for number in range(3):
        making.save(tmp_path / f"{number}.png", making.ids(number))
    assert any("every image has few values, as label files have" in reason for reason in examined(tmp_path)[1])
    making.save(tmp_path / "photo.png", making.picture(0))
    remarks, problems = examined(tmp_path)
    assert "3 images have as few values as label files, among them 0.png" in remarks
    assert not any("few values" in reason for reason in problems)


def test_train_ids_read_with_a_map_of_other_ids(tmp_path):
    for number in range(3):
        making.save(tmp_path / "images" / f"{number}.png", making.picture(number))
        making.save(tmp_path / "labels" / f"{number}.png", making.ids(number, [0, 0, 1, 2, 8, 10, 13, 255]))
    (words,) = examined(tmp_path, class_map="cityscapes")[1]
    for part in ("ids are 0 to 13 only", "class map `cityscapes` ignores", "id 0 is ignored", "all are classes"):
        assert part in words
    assert not examined(tmp_path)[1]


def test_labels_without_a_pixel_of_a_class(tmp_path):
    making.save(tmp_path / "images/a.png", making.picture(0))
    making.save(tmp_path / "labels/a.png", np.where(making.ids(0, [0, 1]), 0, 4).astype(np.uint8))
    (words,) = examined(tmp_path, class_map="cityscapes")[1]
    assert words.startswith("no label has a pixel of a class: ids ") and "in class map `cityscapes`" in words


def test_transparent_pixels_and_doubtful_palettes_are_told(tmp_path):
    alpha = np.zeros((48, 64), np.uint8)
    alpha[:12] = 255
    making.save(tmp_path / "images/a.png", making.picture(0, (64, 48)))
    making.save(tmp_path / "labels/a.png", np.dstack([alpha * 0 + 13] * 3 + [alpha]))
    assert "1 labels have transparent pixels (75.0% of theirs): they are ignored" in examined(tmp_path)[0]


def test_a_half_turn_is_an_error_with_labels_and_a_remark_without(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 3
    making.save(tmp_path / "images/a.jpg", making.picture(0), exif=exif)
    assert "1 images have an EXIF orientation" in examined(tmp_path)[0]
    making.save(tmp_path / "labels/a.png", making.ids(0))
    assert any("EXIF orientation 3 (half a turn)" in reason for reason in examined(tmp_path)[1])
