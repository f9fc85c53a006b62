"""What turns frames into label maps is silent, and explains its colours where there is a folder for it."""

import numpy as np
import pytest

from keras_uda.core.errors import UsageError
from keras_uda.predict.predictor import predictor_of_model
from tests.predict.calls import run
from tests.predict.calls import write_images
from tests.predict.clips import make_clip
from tests.toy_export import toy_forms


def test_folders_have_a_legend_and_files_have_none(tmp_path, predict):
    clip, folder = make_clip(tmp_path / "clip.mp4", frames=2), write_images(tmp_path / "in", ["a.png"])
    for source, output, names in [(clip, "a", True), (folder, "b", True), (clip, "c/c.mp4", False)]:
        predict(source, output)
        assert bool(list((tmp_path / output.partition("/")[0]).rglob("legend.png"))) == names
        predict(source, output, "--resume")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "legend.png").write_text("precious")
    with pytest.raises(UsageError, match="not made by predict"):
        predict(folder, "d", "--overwrite")


def test_litert_does_not_greet(tmp_path, predict, capfd):
    predict(write_images(tmp_path / "in", ["a.png"]))
    assert "delegate" not in capfd.readouterr().err


class FakeModel:
    """Names the red channel; sure of it by the green one."""

    classes, palette = ["a", "b"], np.array([[9, 9, 9], [200, 0, 0]], "uint8")
    size, kind, sha256 = (8, 6), "keras", "0123456789abcdef" * 4

    def run(self, images):
        assert images.shape[1:] == (6, 8, 3)
        return images[..., 0] // 128, images[..., 1]


def test_frames_of_any_size_come_back_at_their_size():
    image = np.zeros((12, 16, 3), "uint8")
    image[:, 8:, 0], image[..., 1] = 255, 51
    found = predictor_of_model(FakeModel())(image)
    np.testing.assert_array_equal(found.label_map, image[..., 0] // 128)
    assert found.confidence == pytest.approx(0.2) and found.model == "0123456789abcdef"


def test_windows_see_the_pixels_of_the_frame_itself():
    image = np.random.default_rng(0).integers(0, 256, (13, 21, 3)).astype("uint8")
    found = predictor_of_model(FakeModel(), overlap=0.25)(image)
    np.testing.assert_array_equal(found.label_map, image[..., 0] // 128)
    assert found.confidence == pytest.approx(image[..., 1].mean() / 255)


def test_a_model_without_confidence_names_pixels_alone():
    model = FakeModel()
    model.run = lambda images: (FakeModel.run(model, images)[0], None)
    image = np.random.default_rng(0).integers(0, 256, (13, 21, 3)).astype("uint8")
    found = predictor_of_model(model, overlap=0.25)(image)
    np.testing.assert_array_equal(found.label_map, image[..., 0] // 128)
    assert found.confidence is None and predictor_of_model(model)(image).confidence is None


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("file", ["model_label_map_small.tflite", "model_logits.tflite"])
def test_every_form_of_an_export_makes_overlays(tmp_path, file, capsys):
    source = write_images(tmp_path / "in", ["a.png"])
    run(source / "a.png", tmp_path / "a.png", "--model", str(toy_forms() / file))
    run(source, tmp_path / "out", "--model", str(toy_forms() / file))
    assert list((tmp_path / "out").rglob("a.png"))
    assert ("mean confidence" in capsys.readouterr().out) == ("logits" in file)
    row = next((tmp_path / "out").rglob("*.csv")).read_text().splitlines()[1].split(",")
    assert (row[1] == "") == ("logits" not in file)


def test_pictures_have_the_opacity_that_was_asked_for():
    image, label_map = np.full((2, 2, 3), 100, "uint8"), np.ones((2, 2), "uint8")
    picture = predictor_of_model(FakeModel(), opacity=0.25).picture(image, label_map)
    np.testing.assert_array_equal(picture[0, 0], [125, 75, 75])
