"""Names of splits."""

from keras_uda.data.readers.splits import list_of
from keras_uda.data.readers.splits import names_of_split
from keras_uda.data.readers.splits import split_in


def test_a_folder_of_a_split_is_known_at_any_depth():
    assert split_in("10k/Valid/a") == "val" and split_in("test/a/b") == "test" and split_in("training/x") == "train"
    assert split_in("val") is None and split_in("a/evaluation/b") is None


def test_a_split_of_somebody_stands_for_itself():
    assert names_of_split("night") == ("night",) and "valid" in names_of_split("val")


def test_lists_lie_in_usual_places(tmp_path):
    (tmp_path / "splits").mkdir()
    (tmp_path / "splits/valid.txt").write_text("a\n")
    assert list_of(tmp_path, "val") == tmp_path / "splits/valid.txt" and list_of(tmp_path, "train") is None
