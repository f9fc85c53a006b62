"""The verb: what is served is the SavedModel of the export, inside its folder or below a base."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from keras_uda.artefacts.manifest import hash_of
from keras_uda.export import run as module
from keras_uda.export.run import Serving
from keras_uda.export.run import export
from keras_uda.export.write import Wanted
from tests.toy_export import toy_exports
from tests.toy_export import toy_run

WANTED = Wanted(("saved_model",))


def test_without_serving_there_is_an_export_alone(tmp_path, monkeypatch):
    def exported(run, output, wanted, before_publication):
        folder = Path(shutil.copytree(toy_exports(), output))
        before_publication(folder, np.zeros((1, 8, 8, 3), "uint8"))
        return folder

    monkeypatch.setattr(module, "export_run", exported)
    folder = export(toy_run(), tmp_path / "new", WANTED)
    assert folder == tmp_path / "new" and not (folder / "serving").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("inside", [True, False])
def test_the_served_version_is_the_model_that_was_checked(tmp_path, no_process, inside, capsys):
    pytest.importorskip("tensorflow_serving", reason="the extra `serving` is not installed")
    base = None if inside else tmp_path / "models"
    folder = export(toy_run(), tmp_path / "new", WANTED, Serving(base, "streets", 7))
    place = (folder / "serving" if inside else base) / "streets" / "7"
    listed = json.loads((folder / "export.json").read_text())["artefacts"]["saved_model"]
    assert hash_of(place) == listed["sha256"]
    assert (f"served as {place}" in capsys.readouterr().out) == (not inside)
