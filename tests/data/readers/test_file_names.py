"""Names of lists, as people and their systems write them."""

import unicodedata

import pytest

from keras_uda.data.readers.file_names import find_name
from keras_uda.data.readers.file_names import plain_name
from keras_uda.data.readers.file_names import why_unknown
from tests.data import making
from tests.data.making import domain
from tests.data.making import names
from tests.data.making import refuse

PARTS, WHOLE = (unicodedata.normalize(form, "Köln Süd") for form in ("NFD", "NFC"))


@pytest.mark.parametrize(
    "text",
    ["images/cam1/0.png", "./images/cam1/0.png", "images//cam1/./0.png", "cam1/0", "  cam1/0.png ", "{}/cam1/0.png"],
)
def test_one_image_has_many_names(tmp_path, text):
    known = {"images/cam1/0": "key", "cam1/0": "key"}
    root = tmp_path / "data"
    assert find_name(text.format(root / "images"), known, root) == "key"
    assert find_name("/content/drive/My Drive/data/images/cam1/0.png", known, root) == "key"
    for label in (" labels/cam1/0.png", "\tlabels/cam1/0.png", ", labels/cam1/0.png", ";x"):
        assert find_name("images/cam1/0.png" + label, known, root) == "key"
    for other in ("/content/cam2/0.png", "cam1/1.png", "other/0.png"):
        assert find_name(other, known, root) is None


def test_the_end_of_a_path_alone_is_no_name(tmp_path):
    assert find_name("cam2/0.png", {"0": "key"}, tmp_path) is None


def test_why_a_name_is_unknown(tmp_path):
    known = {"images/cam1/0": "key", "Cam2/1": "other"}
    for text, words in [
        ("images\\cam1\\0.png", "write / in place of backslashes"),
        ("cam2/1.png", "there is Cam2/1: only capitals differ"),
        ("/data/other/7.png", "an absolute path"),
        ("C:\\data\\7.png", "an absolute path"),
        ("cam1/9.png", "no such image"),
    ]:
        assert words in why_unknown(text, known, tmp_path)


def test_letters_in_parts_are_composed(tmp_path):
    assert PARTS != WHOLE and plain_name(PARTS) == WHOLE
    making.save(tmp_path / "images" / f"{WHOLE}.png", making.picture(0))
    making.save(tmp_path / "labels" / f"{PARTS}.png", making.ids(0))
    (tmp_path / "train.txt").write_text(PARTS)
    opened = domain(tmp_path)
    assert names(opened) == [f"{WHOLE}.png"] and opened.pairs[0].label.is_file()
    making.save(tmp_path / "images" / f"{PARTS}.png", making.picture(0))
    assert "same stem" in str(refuse(tmp_path))


@pytest.mark.parametrize("line", ["./images/cam1/0.png", "{}/images/cam1/0.png\r", "cam1/0"])
def test_lists_name_images_in_every_way(tmp_path, line):
    for name in ("0", "1"):
        making.save(tmp_path / f"images/cam1/{name}.png", making.picture(0))
    (tmp_path / "train.txt").write_bytes((line.format(tmp_path.resolve()) + "\n").encode())
    assert names(domain(tmp_path)) == ["cam1/0.png"]
    for text in (b"cam1/0\rcam1/1\r", "cam1/0.png\r\ncam1/1.png\r\n".encode("utf-16")):
        (tmp_path / "train.txt").write_bytes(text)
        assert names(domain(tmp_path)) == ["cam1/0.png", "cam1/1.png"]
    (tmp_path / "train.txt").write_bytes(b"images\\cam1\\0.png\r\n")
    error = str(refuse(tmp_path))
    assert "write / in place of backslashes" in error and error.endswith("Write / in the list.")
