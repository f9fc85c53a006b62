"""Names of weak labels as people write them meet the images."""

import pytest

from keras_uda.core.errors import DataError
from keras_uda.data.readers.pairing import Pair
from keras_uda.data.readers.pairing import names_of_pairs
from keras_uda.weak_labels.files import check_images
from keras_uda.weak_labels.files import read_weak_labels
from keras_uda.weak_labels.image_names import remedy_for
from keras_uda.weak_labels.image_names import under_known_names


def read(folder, *names):
    (folder / "tags.csv").write_text("image,road\n" + "".join(f"{name},1\n" for name in names))
    return read_weak_labels(folder / "tags.csv", classes=("road",))


@pytest.mark.parametrize(
    "name", ["monday/1.jpg", "./monday/1.jpg", "images/monday/1.jpg", "{}/images/monday/1.jpg", "monday/1"]
)
def test_one_image_has_many_names(tmp_path, name):
    known = names_of_pairs([Pair("monday/1.jpg", tmp_path / "images/monday/1.jpg", None)], tmp_path)
    weak = under_known_names(read(tmp_path, name.format(tmp_path)), known, tmp_path, "tags.csv")
    assert weak.images() == ["monday/1.jpg"] and weak.rows == {"monday/1.jpg": 2}
    assert weak.tags["monday/1.jpg"].tolist() == [1]


def test_two_names_of_one_image_are_told(tmp_path):
    known = names_of_pairs([Pair("1.jpg", tmp_path / "1.jpg", None)], tmp_path)
    with pytest.raises(DataError, match="1 and 1.jpg are the same image"):
        under_known_names(read(tmp_path, "1.jpg", "1"), known, tmp_path, "tags.csv")


def test_frames_of_no_folder_have_their_names(tmp_path):
    known = names_of_pairs([Pair("street/0000001.png", None, None, 1)], None)
    assert under_known_names(read(tmp_path, "street/0000001.png"), known, None, "t").images() == ["street/0000001.png"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("monday\\1.jpg", "Write / in place of backslashes"),
        ("Monday/1.jpg", "There is monday/1: only capitals differ"),
        ("tuesday/1.jpg", "Write its path below the folder"),
    ],
)
def test_why_a_name_is_no_image(tmp_path, name, words):
    known = names_of_pairs([Pair("monday/1.jpg", tmp_path / "monday/1.jpg", None)], tmp_path)
    weak = under_known_names(read(tmp_path, name), known, tmp_path, "tags.csv")
    with pytest.raises(DataError, match=words):
        check_images(weak, lambda name: None, "tags.csv", None, remedy=remedy_for(known, tmp_path))
