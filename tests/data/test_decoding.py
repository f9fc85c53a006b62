"""Decoding equals the readers, and a file that is gone is named."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_uda.core.errors import DataError
from keras_uda.data.cache.prepare import prepare
from keras_uda.data.decoding import decode_exactly
from keras_uda.data.decoding import decode_image
from keras_uda.data.decoding import decode_planes
from keras_uda.data.decoding import evaluation_frames
from keras_uda.data.decoding import frames_bytes
from keras_uda.data.decoding import in_memory
from keras_uda.data.decoding import missing_file_error
from keras_uda.data.formats.images import read_image
from keras_uda.data.joined import join_domains
from keras_uda.data.ledger import LabelLedger
from keras_uda.data.pipeline import training_batches
from keras_uda.data.prepared import Prepared
from keras_uda.predict.integer_resize import resize_frame
from tests.data import making

SMALL = (32, 24)


def test_tensorflow_decodes_what_the_readers_decode(tmp_path):
    rgb, grey = making.picture(0), making.picture(1)[..., 0]
    forms = {
        "rgb.png": rgb,
        "rgba.png": np.dstack([rgb, grey]),
        "grey.png": grey,
        "alpha.png": np.dstack([grey, grey]),
        "deep.png": grey.astype(np.uint16) * 257,
    }
    for name, pixels in forms.items():
        making.save(tmp_path / name, pixels)
    making.save_palette(tmp_path / "palette.png", grey)
    Image.fromarray(rgb).convert("CMYK").save(tmp_path / "ink.jpg")
    Image.fromarray(rgb).save(tmp_path / "map.bmp")
    ready = prepare(making.domain(tmp_path), making.SIZE, None, labels=False)
    for name, file in zip(ready.names, ready.images, strict=True):
        decoded = decode_image(tf.constant(file), making.SIZE).numpy()
        np.testing.assert_array_equal(decoded, read_image(tmp_path / name), name)


def test_images_are_scaled_as_pillow_does_bilinear(tmp_path):
    pixels = making.picture(0, (130, 66))
    path = making.save(tmp_path / "a.png", pixels)
    for size in [(65, 33), (40, 21), (200, 100)]:
        expected = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR)).astype(int)
        assert np.abs(decode_image(tf.constant(str(path)), size).numpy() - expected).max() <= 1


def test_frames_to_score_on_are_to_the_byte_what_predict_sees(tmp_path):
    pixels = making.picture(0, (130, 66))
    paths = [making.save(tmp_path / "a.png", pixels), tmp_path / "b.jpg"]
    Image.fromarray(pixels).save(paths[1], quality=80)
    for path in paths:
        for size in [(65, 33), (40, 21), (200, 100)]:
            seen, trained = (decode(tf.constant(str(path)), size).numpy() for decode in (decode_exactly, decode_image))
            np.testing.assert_array_equal(seen, resize_frame(read_image(path), size))
            assert np.abs(seen.astype(int) - trained).max() <= 1


def test_evaluation_frames_keep_the_size_of_the_label(tmp_path):
    root = making.make_folder(tmp_path)
    making.save(root / "images/train/0007.png", making.picture(0, (40, 20)))
    making.save(root / "labels/train/0007.png", making.ids(0, size=(40, 20)))
    frames = evaluation_frames(making.prepared(root, size=SMALL, purpose="evaluation", ledger=LabelLedger()))
    assert len(frames) == 8
    for _ in range(2):
        for name, image, label in frames:
            original = np.asarray(Image.open(root / "labels/train" / name))
            np.testing.assert_array_equal(label, original)
            assert image.shape == (24, 32, 3)
    assert [name for name, _, _ in evaluation_frames(frames.prepared, 3)] == ["0000.png", "0004.png", "0007.png"]
    unlabelled = making.prepared(root, size=SMALL, labels=False)
    assert all(label is None for _, _, label in evaluation_frames(unlabelled))


def test_frames_are_spread_evenly_and_as_many_are_of_each_domain():
    many, few = (
        Prepared([f"{n}.png" for n in range(count)], None, [*map(str, range(count))], (4, 2)) for count in (9, 2)
    )
    assert evaluation_frames(many).spread(3) == {0, 4, 8}
    assert evaluation_frames(many).spread(20) == set(range(9))
    both = join_domains([many, few], ("a", "b"), (3, 1))
    assert evaluation_frames(both).spread(6) == {0, 4, 8, 9, 10}


def test_a_file_that_vanished_is_named(tmp_path):
    root = making.make_folder(tmp_path)
    ready = making.prepared(root, size=SMALL)
    assert missing_file_error(ready) is None
    (root / "images/train/0003.png").unlink()
    with pytest.raises(DataError, match="0003.png .no such file"):
        list(training_batches(ready, None, batch=4, seed=0, first_step=0, steps=8))
    (root / "images/train/0003.png").write_bytes(b"")
    with pytest.raises(DataError, match="0003.png .empty"):
        list(evaluation_frames(making_again(ready)))


def making_again(ready):
    ready.memory.clear()
    return ready


def test_planes_stand_one_below_the_other(tmp_path):
    planes = np.random.default_rng(0).integers(0, 65536, (4, 6, 3)).astype("uint16")
    stacked = np.concatenate([planes[..., channel] for channel in range(3)])
    path = making.save(tmp_path / "planes.png", stacked)
    np.testing.assert_array_equal(decode_planes(tf.constant(str(path)), (4, 6, 3)), planes)


def test_memory_is_taken_once_and_known_before(tmp_path):
    ready = making.prepared(making.make_folder(tmp_path), size=SMALL)
    table = in_memory(ready)
    assert in_memory(ready) is table
    assert frames_bytes(ready) == sum(tensor.numpy().nbytes for tensor in table.values()) == 8 * 32 * 24 * 4
