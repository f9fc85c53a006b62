"""A generated look-alike of Foggy Cityscapes."""

import pytest

from keras_uda.core.errors import UsageError
from tests.config.helpers import parse
from tests.data.making import domain
from tests.data.making import names
from tests.data.making import refuse
from tests.data.readers.look_alike import classes_of
from tests.data.readers.look_alike import columns
from tests.data.readers.look_alike import examined
from tests.data.readers.look_alike import image
from tests.data.readers.look_alike import label
from tests.data.readers.look_alike import litter

PLACES = (("train", "aachen"), ("val", "lindau"))


def look_alike(root, images="leftImg8bit_foggy", labels="gtFine", betas=("0.005", "0.01", "0.02")):
    for split, city in PLACES:
        stem = f"{split}/{city}/{city}_000000_000019"
        for beta in betas:
            image(root, f"{images}/{stem}_leftImg8bit_foggy_beta_{beta}.png")
        label(root, f"{labels}/{stem}_gtFine_labelIds.png", 7, 23, 26, 0)
        label(root, f"{labels}/{stem}_gtFine_instanceIds.png", 7, 23, 26, 0)


@pytest.mark.parametrize("images", ["leftImg8bit_foggy", "leftImg8bit_foggyDBF"])
def test_foggy_cityscapes(tmp_path, images):
    look_alike(tmp_path, f"leftImg8bit_trainval_foggy/{images}", "gtFine_trainvaltest/gtFine")
    litter(tmp_path)
    opened = domain(tmp_path, name="foggy_cityscapes")
    assert names(opened) == ["aachen/aachen_000000_000019_leftImg8bit_foggy_beta_0.02.png"]
    assert classes_of(opened) == columns("road", "sky", "car", None)
    assert opened.pairs[0].label.name == "aachen_000000_000019_gtFine_labelIds.png"
    thin = domain(tmp_path, "val", "foggy_cityscapes", arguments={"beta": 0.005})
    assert names(thin) == ["lindau/lindau_000000_000019_leftImg8bit_foggy_beta_0.005.png"]
    assert examined(tmp_path, "foggy_cityscapes", beta=0.01).pixels[13] == 4 * 8


def test_another_density_than_there_is_names_one_that_there_is(tmp_path):
    look_alike(tmp_path, betas=("0.01",))
    error = str(refuse(tmp_path, name="foggy_cityscapes"))
    assert "no image whose name ends in `_leftImg8bit_foggy_beta_0.02`" in error and "foggy_beta_0.01.png" in error


def test_density_is_a_number_above_zero(tmp_path):
    flags = ["--data.target.name", "foggy_cityscapes", "--data.target.root", str(tmp_path)]
    with pytest.raises(UsageError, match="data.target.arguments.beta"):
        parse(*flags, "--data.target.arguments.beta", "0")
