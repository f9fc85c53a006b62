"""Two folders with lists of names."""

import pytest

from tests.data import making
from tests.data.making import domain
from tests.data.making import names
from tests.data.making import refuse


@pytest.mark.parametrize("form", ["{}", "{}.png", "images/{}.png"])
def test_folder_with_lists(tmp_path, form):
    making.make_folder(tmp_path, ["a", "b c", "d"], split=".")
    (tmp_path / "train.txt").write_bytes(("\ufeff" + form.format("b c") + "\r\n\n" + form.format("d")).encode())
    assert names(domain(tmp_path)) == ["b c.png", "d.png"]
    (tmp_path / "train.txt").write_text("b c\ngone\nb c\n")
    error = str(refuse(tmp_path))
    assert "2 of 3" in error and "gone (no such image)" in error and "b c (twice in the list)" in error
    assert "there is only train.txt" in str(refuse(tmp_path, "val"))


def test_with_a_list_for_scoring_alone_the_others_are_trained_on(tmp_path):
    making.make_folder(tmp_path, ["a", "b c", "d"], split=".")
    (tmp_path / "val.txt").write_text("b c\n")
    assert (names(domain(tmp_path)), names(domain(tmp_path, "val"))) == (["a.png", "d.png"], ["b c.png"])
    assert "there is only val.txt" in str(refuse(tmp_path, "test"))
    (tmp_path / "val.txt").write_text("a\nb c\nd\n")
    assert "no image" in str(refuse(tmp_path))
