"""Names that a list leaves out, and names that leave out nothing."""

import pytest

from tests.data import making
from tests.data.making import domain
from tests.data.making import names
from tests.data.making import refuse


@pytest.mark.parametrize("form", ["{}", "./{}.png", "images/train/{}.png", "{root}/images/train/{}.png"])
def test_names_are_understood_as_in_lists(tmp_path, form, capsys):
    making.make_folder(tmp_path, ["a", "b", "c"])
    (tmp_path / "bad:ones.txt").write_text("".join(form.format(name, root=tmp_path) + "\r\n" for name in "ac"))
    assert names(domain(tmp_path, exclude="bad:ones.txt")) == ["b.png"]
    assert not capsys.readouterr().err


def test_what_is_no_image_is_told_and_another_split_is_not(tmp_path, capsys):
    making.make_folder(tmp_path, ["a", "b"])
    making.make_folder(tmp_path, ["v"], split="val")
    (tmp_path / "bad.txt").write_text("a\nv\nB.png\n")
    assert names(domain(tmp_path, exclude="bad.txt")) == ["b.png"]
    assert (
        "1 of 3 names match nothing, the first is B.png (there is b: only capitals differ)" in capsys.readouterr().err
    )
    (tmp_path / "bad.txt").write_text("images\\train\\a.png\n")
    assert "write / in place of backslashes" in str(refuse(tmp_path, exclude="bad.txt"))
