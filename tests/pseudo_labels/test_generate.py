"""Labels of a real (tiny) segmenter: what the equations say, whatever was labelled before; memory that stays flat."""

import resource

import keras
import numpy as np
import pytest
from PIL import Image

from keras_uda.config.stage_schema import PseudoLabelConfig
from keras_uda.core.classes import IGNORE
from keras_uda.data.cache.conversion import encode_png
from keras_uda.data.decoding import decoder
from keras_uda.data.prepared import Prepared
from keras_uda.ops.resize import upsample
from keras_uda.pseudo_labels.generate import Thresholds
from keras_uda.pseudo_labels.generate import generate
from keras_uda.pseudo_labels.generate import soft_predictions
from keras_uda.pseudo_labels.label_folder import LabelFolder
from keras_uda.training.pseudo_labelling import joined
from keras_uda.training.pseudo_labelling import portion_of
from tests.toy import CLASSES
from tests.toy import HEIGHT
from tests.toy import WIDTH
from tests.toy import toy_segmenter
from tests.written_folders import made_images

IDENTITY = {"classes": list("abcd"), "model": "", "settings": {}, "size": "", "images": ""}


@pytest.fixture(scope="module")
def segmenter():
    return toy_segmenter()


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    return made_images(tmp_path_factory.mktemp("images"), [f"{number}.png" for number in range(4)], (WIDTH, HEIGHT))


def softmax_of(segmenter, image):
    logits = upsample(segmenter(image[None].astype("float32"), training=False)["logits"], (HEIGHT, WIDTH))
    return np.asarray(keras.ops.softmax(logits))[0]


@pytest.mark.parametrize("flip", [False, True])
def test_predictions_match_their_equation(segmenter, target, flip):
    prior = np.random.default_rng(1).random((HEIGHT, WIDTH, CLASSES), "float32")
    for found in soft_predictions(segmenter, target, "predicting", flip, prior):
        expected = softmax_of(segmenter, found.image)
        if flip:
            expected = (expected + softmax_of(segmenter, found.image[:, ::-1])[:, ::-1]) / 2
        np.testing.assert_allclose(found.probabilities, expected * prior, atol=1e-5)
        assert found.coarse.shape == (HEIGHT // 4, WIDTH // 4, CLASSES)
        assert found.features.shape[-1] == segmenter.output["features"].shape[-1]


def test_the_wanted_portion_of_every_class_is_labelled(tmp_path, segmenter, target):
    config = PseudoLabelConfig(portion=0.3, every=1, soft=True)
    folder = LabelFolder(tmp_path / "labels", IDENTITY)
    folder.open()
    manifest = generate(target, segmenter, Thresholds(config, CLASSES), folder)
    for name, pixels in manifest["predicted"].items():
        # Labels may differ from the arg-max, so a class may take a few from another one.
        assert manifest["pixels"][name] >= int(0.3 * pixels) * 0.8
    row = joined(target, folder)
    sample = decoder(row)(
        {"image": row.images[1], "pseudo_label": row_of(row, 1), "soft_label": row_of(row, 1, "soft_label")}
    )
    label = np.asarray(Image.open(folder.files()[target.names[1]]))
    np.testing.assert_array_equal(sample["pseudo_label"], label)
    found = list(soft_predictions(segmenter, target, "predicting"))[1]
    np.testing.assert_allclose(sample["soft_label"] / 65535, found.coarse, atol=1e-5)
    chosen = label != IGNORE
    thresholds = np.array(list(manifest["thresholds"].values()), "float32")
    np.testing.assert_array_equal((found.probabilities / thresholds).max(-1) >= 1, chosen)


def row_of(prepared: Prepared, row: int, key: str = "pseudo_label"):
    return keras.ops.convert_to_tensor(prepared.extras[key][row])


def test_soft_labels_with_entropy(tmp_path, segmenter, target):
    folder = LabelFolder(tmp_path / "labels", IDENTITY)
    folder.open()
    labeller = Thresholds(PseudoLabelConfig(portion=0.5, label_entropy=0.25), CLASSES)
    generate(target, segmenter, labeller, folder)
    soft = np.asarray(Image.open(folder.files("soft")[target.names[0]])).reshape(CLASSES, HEIGHT // 4, WIDTH // 4)
    np.testing.assert_allclose(soft.sum(0) / 65535, 1, atol=1e-3)


def test_larger_source_portions_hold_smaller_ones():
    source = Prepared([str(n) for n in range(40)], [str(n) for n in range(40)], [str(n) for n in range(40)], (8, 8))
    portions = [set(portion_of(source, portion, 3).names) for portion in (0.03, 0.1, 0.25, 1)]
    assert [len(one) for one in portions] == [1, 4, 10, 40]
    assert all(small < large for small, large in zip(portions, portions[1:], strict=False))


@pytest.mark.slow
def test_ten_thousand_images_in_flat_memory(tmp_path):
    """One file stands for all images; what counts is what is kept of each."""
    segmenter = constant_segmenter()
    (tmp_path / "image.png").write_bytes(
        encode_png(np.random.default_rng(0).integers(0, 256, (24, 32, 3)).astype("uint8"))
    )
    peaks = []
    for count in (1000, 10_000):
        names = [f"{number}.png" for number in range(count)]
        target = Prepared([str(tmp_path / "image.png")] * count, None, names, (32, 24), digests=names)
        folder = LabelFolder(tmp_path / f"labels{count}", IDENTITY)
        folder.open()
        generate(target, segmenter, Thresholds(PseudoLabelConfig(every=1), CLASSES), folder)
        assert len(folder.manifest()["labels"]) == count
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    assert peaks[1] - peaks[0] < 150, f"peak memory rose from {peaks[0]:.0f} to {peaks[1]:.0f} MiB"


def constant_segmenter():
    image = keras.Input((24, 32, 3))
    x = keras.layers.Conv2D(CLASSES, 4, strides=4)(keras.layers.Rescaling(1 / 64)(image))
    return keras.Model(image, {"logits": x, "features": x})
