"""A generated look-alike of CamVid."""

from tests.data import making
from tests.data.making import domain
from tests.data.making import names
from tests.data.making import refuse


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
