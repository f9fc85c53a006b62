"""Translations on disk: killed anywhere they end byte for byte the same; changed files are refused, or made again."""

from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from keras_uda.core.errors import DataError
from keras_uda.layers.translation import UNet
from keras_uda.translations import generate as generating
from keras_uda.translations.folder import TranslationFolder
from keras_uda.translations.generate import generate
from tests.written_folders import compiled_once
from tests.written_folders import content
from tests.written_folders import killed_at
from tests.written_folders import made_images
from tests.written_folders import written

NAMES = ["a/0001.png", "b/0001.png", "x" * 240 + ".png", "last.jpg"]
IDENTITY = {"model": "m", "size": "12x8", "source": "s"}
POINTS = [("translation-before-rename", 1), ("translation-written", 2), ("translation-listed", 3)]
POINTS += [("translations-before-manifest", 1), ("translations-finished", 1), ("file-before-rename", 1)]


@pytest.fixture(scope="module")
def translator():
    keras.utils.set_random_seed(0)
    return UNet(base=2, depth=2)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return made_images(tmp_path_factory.mktemp("images"), NAMES, (12, 8))


@pytest.fixture(scope="module", autouse=True)
def one_graph():
    with compiled_once(generating, "compiled"):
        yield


def translated(place: Path, images, translator, regenerate=False, **identity) -> TranslationFolder:
    folder = TranslationFolder(place, IDENTITY | identity)
    if not folder.open(regenerate):
        generate(images, translator, folder)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory, source, translator):
    return content(translated(tmp_path_factory.mktemp("whole") / "translations", source, translator).path)


def test_an_image_is_what_the_translator_makes_of_it(tmp_path, source, translator):
    folder = translated(tmp_path / "translations", source, translator)
    assert set(folder.manifest()["images"]) == set(NAMES) and folder.manifest()["model"] == "m"
    for name, file in folder.files().items():
        original = np.asarray(Image.open(source.images[NAMES.index(name)]))
        wanted = 127.5 * (np.asarray(translator(original[None].astype("float32") / 127.5 - 1)) + 1)
        np.testing.assert_allclose(np.asarray(Image.open(file)), wanted[0], atol=0.51)


@pytest.mark.parametrize(("point", "passage"), POINTS)
def test_killed_anywhere_it_ends_the_same(tmp_path, source, translator, whole, point, passage):
    with killed_at(point, passage):
        translated(tmp_path / "translations", source, translator)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "translations").rglob("*.png")}
    translated(tmp_path / "translations", source, translator)
    assert content(tmp_path / "translations") == whole
    if point == "translation-listed":
        assert sum(path.stat().st_mtime_ns == time for path, time in before.items()) == passage


@pytest.mark.parametrize("kind", ["missing", "cut"])
def test_a_changed_translation_is_named_and_made_again(tmp_path, source, translator, whole, kind):
    place = written(tmp_path / "translations", whole)
    file = place / "images" / "a" / "0001.png"
    file.unlink() if kind == "missing" else file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(DataError, match="translations.*0001.png.*--regenerate"):
        translated(place, source, translator)
    translated(place, source, translator, regenerate=True)
    assert content(place) == whole


@pytest.mark.parametrize("key", IDENTITY)
def test_translations_of_something_else_are_refused(tmp_path, source, translator, whole, key):
    place = written(tmp_path / "translations", whole)
    with pytest.raises(DataError, match="the translations were made with .* --regenerate"):
        translated(place, source, translator, **{key: "other"})
    assert translated(place, source, translator, regenerate=True, **{key: "other"}).manifest()[key] == "other"
