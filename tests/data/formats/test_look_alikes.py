"""Label files and photographs told apart by their values."""

import numpy as np
from PIL import Image

from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import colourise
from keras_uda.data.formats.look_alikes import looks_like_label
from tests.data import making


def test_labels_look_like_labels_and_photographs_do_not(tmp_path):
    values = making.ids(0, size=(300, 200))
    labels = {
        "ids": values,
        "deep": values.astype(np.uint16) * 1000,
        "colours": colourise(values, CITYSCAPES),
        "one": np.zeros((40, 40), np.uint8),
    }
    for name, pixels in labels.items():
        assert looks_like_label(making.save(tmp_path / f"{name}.png", pixels)), name
    assert looks_like_label(making.save_palette(tmp_path / "palette.png", values))
    for quality in (75, 95):
        blocks = colourise(making.ids(0, size=(4, 3)).repeat(96, axis=0).repeat(96, axis=1), CITYSCAPES)
        assert looks_like_label(making.save(tmp_path / "spoilt.jpg", blocks, quality=quality))
    photograph = making.picture(0, (300, 200))
    pictures = {"rgb": photograph, "grey": photograph[..., 0], "small": np.zeros((9, 9), np.uint8)}
    pictures["night"] = (photograph >> 3).astype(np.uint8)
    for name, pixels in pictures.items():
        assert not looks_like_label(making.save(tmp_path / f"{name}.png", pixels)), name
    assert not looks_like_label(making.save(tmp_path / "photo.jpg", photograph))
    ramp = np.broadcast_to(np.linspace(0, 255, 300).astype(np.uint8)[None, :, None], (200, 300, 3))
    assert not looks_like_label(making.save(tmp_path / "ramp.jpg", ramp))
    Image.fromarray(photograph).quantize(256).save(tmp_path / "photo.png")
    assert not looks_like_label(tmp_path / "photo.png")
    (tmp_path / "damaged.png").write_bytes(b"no")
    assert not looks_like_label(tmp_path / "damaged.png")
