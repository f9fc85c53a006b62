"""A fake server with one version, and short pauses."""

import pytest

from keras_uda.predict.server import model as server_model
from tests.predict.server.fake_server import Served
from tests.predict.server.fake_server import fake_model


@pytest.fixture
def served():
    server = Served()
    server.versions[1] = fake_model()
    return server


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(server_model, "FIRST_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(server_model, "LONGEST_PAUSE_SECONDS", 0.1)
