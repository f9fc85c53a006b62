"""Which split of other data has labels, and what to do where none has."""

import pytest

from keras_uda.config.data_schema import DomainConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import DataError
from keras_uda.evaluation.elsewhere import labelled_split
from tests.data import making


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("footage", "give labelled images as --data.target.name folder"), ("folder", "into labels/ beside images/")],
)
def test_images_without_labels_get_the_remedy_of_their_reader(tmp_path, name, remedy):
    making.save(tmp_path / "own" / "a.png", making.picture(0))
    config = DomainConfig(name=name, root=str(tmp_path / "own"))
    with pytest.raises(DataError, match="no labelled images to score on") as error:
        labelled_split(config, CITYSCAPES, ("val", "test", "train"), str(tmp_path / "cache"))
    assert remedy in error.value.remedy
