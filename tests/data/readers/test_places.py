"""Folders of data sets are found where archives unpack, and nowhere else."""

from keras_uda.data.readers import places as module
from keras_uda.data.readers.places import Files
from keras_uda.data.readers.places import collect
from keras_uda.data.readers.places import places
from keras_uda.data.readers.places import tops
from tests.data.readers.look_alike import image


def test_braces_are_filled_in_and_hidden_folders_are_no_places(tmp_path):
    for top in (".hidden", "__MACOSX", "a", "b"):
        (tmp_path / top / "x/train").mkdir(parents=True)
    kind = Files("x", "{split}")
    assert places(tmp_path, kind, {"split": "train"}) == [tmp_path / "a/x", tmp_path / "b/x"]
    assert places(tmp_path, kind, {"split": "val"}) == []


def test_the_search_ends_after_two_folders_and_in_crowds(tmp_path, monkeypatch):
    (tmp_path / "a/b/c/x").mkdir(parents=True)
    assert [len(level) for level in tops(tmp_path)] == [1, 1, 1]
    assert places(tmp_path, Files("x"), {}) == [] and places(tmp_path, Files("c/x"), {}) == [tmp_path / "a/b/c/x"]
    assert places(tmp_path, Files("c/x"), {}, deepest=1) == []
    monkeypatch.setattr(module, "MOST", 1)
    (tmp_path / "z").mkdir()
    assert list(tops(tmp_path)) == [[tmp_path]]


def test_names_are_what_image_and_label_share(tmp_path):
    image(tmp_path, "p/x/train/d/rgb_1_end.png", "p/x/train/d/2_end.jpg", "p/x/train/d/3.png", "q/x/train/4_end.png")
    found, folder = collect(tmp_path, Files("x", "{split}", start="rgb_", end="_end"), [{"split": "train"}])
    assert sorted(found) == ["train/4", "train/d/1", "train/d/2"] and folder == tmp_path
