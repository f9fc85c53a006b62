"""A data set that exists only here: one file and a line in the table are enough."""

import importlib
import sys

import numpy as np
import pytest

from keras_uda.__main__ import main
from keras_uda.config import names
from keras_uda.config.data_schema import DataConfig
from keras_uda.config.data_schema import DomainConfig
from keras_uda.core.errors import DataError
from keras_uda.data import readers
from keras_uda.data.domains import Domains
from keras_uda.data.ledger import LabelLedger
from keras_uda.data.pipeline import training_batches
from keras_uda.data.readers.reader import Reader
from tests.data import making

SOURCE = '''
from keras_uda.data.readers.pairing import Pair
from keras_uda.data.readers.reader import Reader


class Cameras(Reader):
    """`<split>/<camera>_<number>.png`, with `<split>/<camera>_<number>.ids.png` beside it."""

    class_map = "cityscapes"
    splits = ("night", "day")

    def __init__(self, *, camera: str = "front"):
        self.camera = camera

    def pairs(self, root, split, labels=True):
        self.require_folder(root / split, split)
        images = sorted((root / split).glob(f"{self.camera}_?.png"))
        return [Pair(image.name, image, image.with_suffix(".ids.png") if labels else None) for image in images]
'''


@pytest.fixture
def cameras(tmp_path, monkeypatch):
    """The root of such a data set; the reader stands in a file and in the table."""
    (tmp_path / "package").mkdir()
    (tmp_path / "package/cameras.py").write_text(SOURCE)
    monkeypatch.setattr(readers, "__path__", [*readers.__path__, str(tmp_path / "package")])
    monkeypatch.setitem(names.READERS, "cameras", "cameras.Cameras")
    monkeypatch.delitem(sys.modules, "keras_uda.data.readers.cameras", raising=False)
    importlib.invalidate_caches()
    for number in range(2):
        for camera in ("front", "rear"):
            stem = f"night/{camera}_{number}"
            making.save(tmp_path / "data" / f"{stem}.png", making.picture(number))
            making.save(tmp_path / "data" / f"{stem}.ids.png", np.full((33, 65), 7 + number, np.uint8))
    return tmp_path / "data"


def data_of(root, **arguments) -> DataConfig:
    options = {"name": "cameras", "root": str(root), "split": "night", "size": "16x8"}
    return DataConfig(source=DomainConfig(**options, arguments=arguments), target=DomainConfig("street", frames=3))


def test_its_options_choose_what_is_trained_on(cameras):
    source = Domains(data_of(cameras, camera="rear"), LabelLedger()).source
    assert source.names == ["rear_0.png", "rear_1.png"]
    (batch,) = training_batches(source, None, batch=4, seed=0, first_step=0, steps=1)
    assert set(np.unique(batch["source"]["label"])) == {0, 1}  # road and sidewalk of Cityscapes are 7 and 8 in files


def flags_of(root) -> list[str]:
    flags = ["--data.source.name", "cameras", "--data.source.root", str(root), "--data.source.split", "night"]
    flags += ["--data.target.frames", "3", "--data.target.eval_frames", "2", "--data.size", "32x16"]
    return [*flags, "--method", "minent"]


def test_it_trains_and_its_options_are_checked(cameras, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    network = ["--segmenter.name", "tiny", "--segmenter.weights", "none", "--data.batch", "1", "--baselines", "none"]
    flags = ["train", *flags_of(cameras), *network, "--steps", "2", "--output", "run"]
    assert main([*flags, "--data.source.arguments.camera", "rear"]) == 0
    assert "camera: rear" in (tmp_path / "run/config.yaml").read_text()
    assert main([*flags, "--data.source.arguments.camra", "rear"]) == 2
    assert "data.source.arguments.camra" in capsys.readouterr().err


def test_the_verb_doctor_examines_it(cameras, capsys):
    assert main(["doctor", *flags_of(cameras)]) == 0
    assert "2 samples, labelled" in capsys.readouterr().out


def test_every_name_of_the_table_is_a_reader():
    for name in names.READERS:
        assert issubclass(names.resolve(names.READERS, name, "data.readers"), Reader)


def test_a_missing_folder_is_named_with_the_splits(tmp_path):
    with pytest.raises(DataError, match=r"no such folder \(split `dusk`\).*train, val, test"):
        Reader().require_folder(tmp_path / "dusk", "dusk")
