"""A generated look-alike of UrbanSyn."""

from tests.data.making import domain
from tests.data.making import names
from tests.data.making import refuse
from tests.data.readers.look_alike import classes_of
from tests.data.readers.look_alike import columns
from tests.data.readers.look_alike import examined
from tests.data.readers.look_alike import image
from tests.data.readers.look_alike import label
from tests.data.readers.look_alike import litter


def look_alike(root):
    for number in (1, 2, 7539):
        image(root, f"rgb/rgb_{number:04d}.png", f"ss_color/ss_color_{number:04d}.png")
        label(root, f"ss/ss_{number:04d}.png", 0, 18, 19, 255)
        label(root, f"panoptic/panoptic_{number:04d}.png", 1)
    image(root, "front_urbanSyn.png", "MICINN_Gob_AEI_1.jpg")


def test_urbansyn(tmp_path):
    look_alike(tmp_path / "UrbanSyn")
    litter(tmp_path)
    opened = domain(tmp_path, name="urbansyn")
    assert names(opened) == ["rgb_0001.png", "rgb_0002.png", "rgb_7539.png"]
    assert [pair.label.name for pair in opened.pairs] == ["ss_0001.png", "ss_0002.png", "ss_7539.png"]
    assert classes_of(opened) == columns("road", "bicycle", None, None)
    assert examined(tmp_path, "urbansyn").pixels[18] == 3 * 4 * 8
    (tmp_path / "val.txt").write_text("rgb_0002.png\n")
    assert names(domain(tmp_path, "val", "urbansyn")) == ["rgb_0002.png"]


def test_a_label_without_its_image_is_named(tmp_path):
    look_alike(tmp_path)
    (tmp_path / "rgb/rgb_0002.png").unlink()
    assert "ss_0002.png (no image)" in str(refuse(tmp_path, name="urbansyn"))
