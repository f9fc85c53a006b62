"""A generated look-alike of GTA5."""

from tests.data import making
from tests.data.making import domain
from tests.data.making import names


def test_gta5(tmp_path):
    for number in (1, 2, 24966):
        making.save(tmp_path / "images" / f"{number:05d}.png", making.picture(number))
        making.save_palette(tmp_path / "labels" / f"{number:05d}.png", making.ids(number))
    making.save(tmp_path / "labels" / "00001_labelTrainIds.png", making.ids(0))
    opened = domain(tmp_path, name="gta5")
    assert names(opened) == ["00001.png", "00002.png", "24966.png"]
    assert opened.class_map.name == "cityscapes" and opened.labelled
    (tmp_path / "val.txt").write_text("00002.png\n")
    assert names(domain(tmp_path, "val", "gta5")) == ["00002.png"]
