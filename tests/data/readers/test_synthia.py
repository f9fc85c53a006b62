"""A generated look-alike of SYNTHIA."""

from tests.data import making
from tests.data.making import domain
from tests.data.making import names


def test_synthia(tmp_path):
    making.save(tmp_path / "RGB" / "0000000.png", making.picture(0))
    making.save_synthia(tmp_path / "GT/LABELS" / "0000000.png", making.ids(0, range(23)))
    opened = domain(tmp_path, name="synthia")
    assert names(opened) == ["0000000.png"] and opened.labelled and opened.class_map.name == "synthia"
