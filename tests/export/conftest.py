"""Checks of artefacts that take no process of their own."""

import pytest

from keras_uda.export import publish
from keras_uda.export.publish import export_run
from keras_uda.export.write import Wanted
from tests.export.models import random_run
from tests.toy_export import run_here
from tests.toy_export import toy_exports


@pytest.fixture
def no_process(monkeypatch):
    """Checks artefacts inside this process: seconds less per artefact, same numbers."""
    monkeypatch.setattr(publish.parity, "run_apart", run_here)


@pytest.fixture(scope="module", params=["tiny", "efficientnet_lite0", "efficientnet_lite2"])
def export(request, tmp_path_factory):
    if request.param == "tiny":
        return toy_exports()
    place = tmp_path_factory.mktemp(request.param)
    return export_run(random_run(place / "run", request.param), place / "new", Wanted())
