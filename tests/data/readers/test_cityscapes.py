"""A generated look-alike of Cityscapes."""

from tests.data import making
from tests.data.making import domain
from tests.data.making import names
from tests.data.making import refuse


def test_cityscapes(tmp_path):
    for split, city in [("train", "aachen"), ("train", "bochum"), ("val", "münster")]:
        stem = f"{city}/{city}_000000_000019"
        making.save(tmp_path / "leftImg8bit" / split / f"{stem}_leftImg8bit.png", making.picture(0))
        for kind in ("labelIds", "instanceIds", "color"):
            making.save(tmp_path / "gtFine" / split / f"{stem}_gtFine_{kind}.png", making.ids(0, [7, 8]))
    opened = domain(tmp_path, name="cityscapes")
    assert names(opened) == [f"{c}/{c}_000000_000019_leftImg8bit.png" for c in ("aachen", "bochum")]
    assert opened.pairs[0].label.name == "aachen_000000_000019_gtFine_labelIds.png"
    assert len(domain(tmp_path, "val", "cityscapes").pairs) == 1
    assert "no such folder" in str(refuse(tmp_path, "test", "cityscapes"))
