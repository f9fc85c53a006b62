"""A model file that crashes its runtime, or that cannot run, is one line; the one that was tried is not tried again."""

import os
import shutil

import numpy as np
import pytest

from keras_uda.artefacts import runners
from keras_uda.artefacts import trial
from keras_uda.artefacts.open_model import open_model
from keras_uda.core import apart
from keras_uda.core.apart import limited
from keras_uda.core.errors import ArtefactError
from tests.toy_export import frame
from tests.toy_export import toy_exports


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A `.tflite` file of nobody, which was not tried yet."""
    monkeypatch.setattr(trial, "_whole", set())
    return shutil.copy(toy_exports() / "model.tflite", tmp_path / "model.tflite")


def fails(*_):
    raise RuntimeError("XNNPack delegate failed\nto reshape runtime")


def test_what_cannot_be_laid_out_is_refused(model, monkeypatch):
    monkeypatch.setattr(runners.LiteRT, "answer", fails)
    with pytest.raises(ArtefactError, match="not a .tflite file of export.py .XNNPack delegate failed to reshape"):
        open_model(model)


def test_what_ends_the_process_is_refused(model, monkeypatch):
    def crashes(*_):
        raise apart.Exceeded("reading it crashed a process, killed by signal 11")

    monkeypatch.setattr(apart, "limited", crashes)
    with pytest.raises(ArtefactError, match="model.tflite: reading it crashed a process") as error:
        open_model(model)
    assert error.value.exit_code == 4


def test_a_file_is_tried_once(model, monkeypatch):
    calls = []
    monkeypatch.setattr(apart, "limited", lambda *call: calls.append(call))
    open_model(model)
    open_model(model)
    assert len(calls) == 1
    model.write_bytes(model.read_bytes() + b"\0")
    open_model(model)
    assert len(calls) == 2


def test_what_fails_later_is_the_fault_of_the_file(model, monkeypatch):
    opened = open_model(model)
    monkeypatch.setattr(runners.LiteRT, "answer", fails)
    with pytest.raises(ArtefactError, match="model.tflite: the model cannot be run on 64x48 .XNNPack"):
        opened.run(frame(0)[None])


@pytest.mark.parametrize("name", ["model.tflite", "model.onnx", "model"])
def test_what_is_no_regular_file_is_refused_at_once(name, tmp_path):
    os.mkfifo(tmp_path / name)
    with pytest.raises(ArtefactError, match="a pipe, not a regular file"):
        open_model(tmp_path / name)


def test_a_pipe_inside_a_saved_model_is_refused_at_once(tmp_path):
    folder = shutil.copytree(toy_exports(), tmp_path / "export") / "saved_model"
    os.mkfifo(folder / "1" / "variables" / "more")
    with pytest.raises(ArtefactError, match="more: a pipe, not a regular file"):
        open_model(folder)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no such limits")
@pytest.mark.parametrize("seed", range(40))
def test_changed_bytes_end_in_one_line(seed, model, monkeypatch):
    """W: a lone file with 20 other bytes runs, or is refused with exit 4."""
    monkeypatch.setattr(apart, "limited", limited)
    random, content = np.random.default_rng(seed), bytearray(model.read_bytes())
    for place in random.integers(0, min(len(content), 20_000), 20):
        content[place] = random.integers(0, 256)
    model.write_bytes(content)
    try:
        opened = open_model(model)
        opened.run(np.zeros((1, *opened.size[::-1], 3), "uint8"))
    except ArtefactError as error:
        assert "\n" not in str(error)
