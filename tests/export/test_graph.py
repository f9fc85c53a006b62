"""The graph that leaves the house: its equation, its sizes, its decoding of pictures."""

import json

import cv2
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.artefacts.runners import LiteRT
from keras_uda.core.classes import CITYSCAPES
from keras_uda.export import publish
from keras_uda.export.write import Wanted
from keras_uda.ops.frames import decode_frame
from keras_uda.predict.integer_resize import resize_frame
from keras_uda.predict.integer_resize import resize_map
from keras_uda.segmenters.build import load_segmenter
from tests.export.models import tf_signature
from tests.toy_export import HEIGHT
from tests.toy_export import WIDTH
from tests.toy_export import frame
from tests.toy_export import toy_exports
from tests.toy_export import toy_run


def test_artefacts_agree_with_the_equation_of_their_outputs():
    segmenter, _ = load_segmenter(toy_run())
    image = frame(9)[None]
    logits = segmenter(tf.cast(image, "float32"), training=False)["logits"]
    upsampled = tf.compat.v1.image.resize_bilinear(logits, (HEIGHT, WIDTH), align_corners=True).numpy()
    probability = np.exp(upsampled) / np.exp(upsampled).sum(-1, keepdims=True)
    for run in (LiteRT(toy_exports() / "model.tflite"), tf_signature(toy_exports() / "saved_model" / "1")):
        label_map, confidence = run(image)
        assert label_map.dtype == confidence.dtype == np.uint8
        assert (label_map == upsampled.argmax(-1)).mean() >= 0.9999
        np.testing.assert_allclose(confidence, 255 * probability.max(-1), atol=0.51)


def test_the_batch_is_free_in_the_saved_model_and_one_in_litert():
    run = tf_signature(toy_exports() / "saved_model" / "1")
    images = np.stack([frame(index) for index in range(3)])
    label_maps, _ = run(images)
    singly = np.concatenate([run(image[None])[0] for image in images])
    assert label_maps.shape == (3, HEIGHT, WIDTH) and (label_maps == singly).mean() >= 0.9999
    assert LiteRT(toy_exports() / "model.tflite").signature()["image"] == ["uint8", 1, HEIGHT, WIDTH, 3]


@pytest.mark.slow
@pytest.mark.ci
def test_a_free_input_size_is_resized_in_the_graph_as_the_client_does(tmp_path, no_process):
    wanted = Wanted(formats=("saved_model",), input_size="free")
    run = tf_signature(publish.export_run(toy_run(), tmp_path / "free", wanted) / "saved_model" / "1")
    large = frame(1, 150, 77)
    small, _ = run(resize_frame(large, (WIDTH, HEIGHT))[None])
    np.testing.assert_array_equal(run(large[None])[0][0], resize_map(small[0], (150, 77)))


def test_encoded_and_about_speak_for_the_same_model():
    loaded = tf.saved_model.load(str(toy_exports() / "saved_model" / "1"))
    sizes = [(WIDTH, HEIGHT), (97, 61), (20, 33)]
    pictures = [frame(index, *size) for index, size in enumerate(sizes)]
    answer = loaded.signatures["encoded"](image_bytes=tf.constant([tf.io.encode_png(p).numpy() for p in pictures]))
    about = json.loads(loaded.signatures["about"](query=tf.constant([""]))["about"].numpy()[0])
    resized = np.stack([resize_frame(picture, (WIDTH, HEIGHT)) for picture in pictures])
    maps = loaded.signatures["serving_default"](image=tf.constant(resized))
    for index, png in enumerate(answer["label_png_bytes"].numpy()):
        np.testing.assert_array_equal(tf.io.decode_png(png)[..., 0], maps["label_map"][index])
    np.testing.assert_allclose(answer["mean_confidence"], maps["confidence"].numpy().mean((1, 2)) / 255, rtol=1e-5)
    assert about["classes"] == list(CITYSCAPES) and about["size"] == f"{WIDTH}x{HEIGHT}"
    assert about["orientation"] == "files are turned as their EXIF says"
    assert {name.decode() for name in answer["model"].numpy()} == {about["model"]}


@pytest.mark.parametrize("colours", [cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420])
def test_a_jpeg_is_decoded_as_opencv_does(colours):
    noise = np.random.default_rng(0).integers(0, 256, (90, 122, 3), dtype="uint8")
    for picture in (frame(0, 122, 90), noise, cv2.GaussianBlur(noise, (0, 0), 1.2)):
        options = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, colours]
        content = cv2.imencode(".jpg", picture, options)[1]
        expected = cv2.imdecode(content, cv2.IMREAD_COLOR)[..., ::-1].astype(int)
        difference = np.abs(decode_frame(tf.constant(content.tobytes())).numpy() - expected)
        assert (difference <= 1).mean() >= 0.999  # the fast transform: 0.4 to 0.7


def test_the_encoded_signature_decodes_so_with_plain_ops():
    definition = (toy_exports() / "saved_model" / "1" / "saved_model.pb").read_bytes()
    for op in (b"DecodeJpeg", b"INTEGER_ACCURATE", b"StatelessIf"):
        assert op in definition
    pictures = [frame(index) for index in range(3)]
    jpeg = [cv2.imencode(".jpg", picture)[1] for picture in pictures]
    read = [cv2.imdecode(content, cv2.IMREAD_COLOR)[..., ::-1] for content in jpeg]
    loaded = tf.saved_model.load(str(toy_exports() / "saved_model" / "1"))
    answer = loaded.signatures["encoded"](image_bytes=tf.constant([content.tobytes() for content in jpeg]))
    maps = loaded.signatures["serving_default"](image=tf.constant(np.stack(read)))["label_map"].numpy()
    labels = np.stack([tf.io.decode_png(png)[..., 0] for png in answer["label_png_bytes"].numpy()])
    assert (labels == maps).mean() >= 0.999


def test_a_file_that_cannot_be_decoded_has_an_error_and_an_empty_map_and_its_neighbours_their_own():
    loaded = tf.saved_model.load(str(toy_exports() / "saved_model" / "1"))
    files = [cv2.imencode(".jpg", frame(index, 97, 61))[1].tobytes() for index in range(4)]
    alone = [loaded.signatures["encoded"](image_bytes=tf.constant([content])) for content in files]
    mixed = [files[0], files[1][:-40], files[2], b"", files[3], b"no image"]
    answer = {
        name: value.numpy() for name, value in loaded.signatures["encoded"](image_bytes=tf.constant(mixed)).items()
    }
    about = json.loads(loaded.signatures["about"](query=tf.constant([""]))["about"].numpy()[0])
    assert answer["error"].tolist() == [0, 2, 0, 1, 0, 1] and set(about["errors"]) == {"1", "2", "3"}
    for place, index in ((0, 0), (2, 2), (4, 3)):
        assert answer["label_png_bytes"][place] == alone[index]["label_png_bytes"].numpy()[0]
        np.testing.assert_allclose(answer["mean_confidence"][place], alone[index]["mean_confidence"][0], rtol=1e-5)
    for place in (1, 3, 5):
        assert answer["label_png_bytes"][place] == b"" and answer["mean_confidence"][place] == 0
