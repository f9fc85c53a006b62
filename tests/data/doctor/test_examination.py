"""One pair under the eyes of the doctor."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import train_ids
from keras_uda.data.doctor.examination import PairJob
from keras_uda.data.doctor.examination import examine_pair
from tests.data import making


def examined(image, label=None):
    return examine_pair(PairJob("a.png", str(image), label and str(label), train_ids(CITYSCAPES), CITYSCAPES))


def test_a_good_pair_has_its_facts_and_no_reason(tmp_path):
    image = making.save(tmp_path / "image.png", making.picture(0))
    values = making.ids(0, [0, 2, 255])
    finding = examined(image, making.save_palette(tmp_path / "label.png", values))
    assert finding.reasons == [] and finding.size == making.SIZE and not finding.rotated
    assert finding.digest == hashlib.sha256(image.read_bytes()).hexdigest() and finding.form == "palette"
    np.testing.assert_array_equal(finding.pixels, np.bincount(values.ravel(), minlength=256))


def test_a_label_that_is_not_asked_for_is_not_opened(tmp_path):
    finding = examined(making.save(tmp_path / "image.png", making.picture(0)))
    assert finding.pixels is None and finding.form is None and not finding.reasons


def test_every_reason_is_given_at_once(tmp_path):
    image, label = tmp_path / "image.png", tmp_path / "label.png"
    image.write_bytes(b"")
    label.write_bytes(b"no picture")
    finding = examined(image, label)
    assert len(finding.reasons) == 2 and "0 bytes" in finding.reasons[0] and finding.reasons[1].startswith("label: ")


def test_a_rotation_explains_another_size(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    image = making.save(tmp_path / "image.jpg", making.picture(0), exif=exif)
    finding = examined(image, making.save(tmp_path / "label.png", making.ids(0, [0], size=(33, 65))))
    assert finding.rotated
    assert finding.reasons == ["label is 33x65, image is 65x33 (EXIF rotation: save the image upright)"]


def test_a_guess_at_what_a_label_is_stands_beside_the_reason(tmp_path):
    image = making.save(tmp_path / "image.png", making.picture(0))
    label = making.save(tmp_path / "label.png", np.full((33, 65, 3), (64, 0, 128), np.uint8))
    (reason,) = examined(image, label).reasons
    assert "class map has ids only; Looks like the colours of class_map `camvid`" in reason


@pytest.mark.parametrize(
    ("pixels", "form"),
    [(making.ids(0, [0]), "8-bit grey"), (making.ids(0, [0]).astype("uint16"), "16-bit grey")],
    ids=["8", "16"],
)
def test_the_form_of_a_label_is_named(tmp_path, pixels, form):
    image = making.save(tmp_path / "image.png", making.picture(0))
    assert examined(image, making.save(tmp_path / "label.png", pixels)).form == form
