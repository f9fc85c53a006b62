"""The quantiser that keeps in float what suffers from 8 bits."""

import importlib.util
import zipfile

import numpy as np
import pytest

from keras_uda.artefacts import manifest
from keras_uda.artefacts.litert_ops import litert_ops
from keras_uda.commands import export as command
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.export import litert
from keras_uda.export import publish
from keras_uda.export.write import Wanted
from keras_uda.segmenters.build import load_segmenter
from tests.export.models import graph_of
from tests.toy_export import HEIGHT
from tests.toy_export import WIDTH
from tests.toy_export import frame
from tests.toy_export import toy_run


@pytest.mark.slow
@pytest.mark.ci
def test_selective_keeps_in_float_what_suffers(tmp_path, no_process, capsys, monkeypatch):
    pytest.importorskip("ai_edge_quantizer", reason="the extra `quantizer` is not installed")
    from keras_uda.export import selective

    model = litert.convert(graph_of(load_segmenter(toy_run())[0], (WIDTH, HEIGHT), tmp_path / "graph"))
    monkeypatch.setattr(selective, "DAMAGE", 1)
    content = selective.quantize(model, np.stack([frame(0), frame(1)]))
    assert "0 of 3 groups" in capsys.readouterr().out
    kept = [kind for kind, name in litert_ops(content) if name in litert.ends(model)]
    assert kept == [kind for kind, name in litert_ops(model) if name in litert.ends(model)]
    assert len(content) < 0.5 * len(model)  # all else is in 8 bits

    monkeypatch.setattr(selective, "DAMAGE", 0.012)  # untrained weights: many near ties
    folder = publish.export_run(toy_run(), tmp_path / "new", Wanted(("tflite",), ("selective",), calibration=4))
    entry = manifest.read_manifest(folder)["artefacts"]["tflite_selective"]
    ops = [kind for kind, _ in litert_ops((folder / "model_selective.tflite").read_bytes())]
    assert entry["agreement"] >= 0.98 and "QUANTIZE" in ops
    assert "groups of layers stay in float" in capsys.readouterr().out
    with zipfile.ZipFile(folder / "model_selective.tflite") as inside:
        assert inside.read("labels.txt").decode().splitlines() == list(CITYSCAPES)

    monkeypatch.setattr(selective, "DAMAGE", -1)
    with pytest.raises(ArtefactError, match="even with one group"):
        publish.export_run(toy_run(), tmp_path / "none", Wanted(("tflite",), ("selective",), calibration=4))
    assert not (tmp_path / "none").exists()


def test_a_missing_quantiser_is_told_before_any_work(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="selective needs ai-edge-quantizer. pip install"):
        command.main(["--run", str(toy_run()), "--quantize", "selective"])
