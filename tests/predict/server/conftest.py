"""A fake server with one version; pauses between tries that are short, for tests that wait for all of them."""

import pytest

from keras_uda.predict.server import model as server_model
from tests.predict.server.fake_server import Served
from tests.predict.server.fake_server import fake_model


@pytest.fixture
def served():
    server = Served()
    server.versions[1] = fake_model()
    return server


@pytest.fixture
def short_pauses(monkeypatch):
    monkeypatch.setattr(server_model, "FIRST_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(server_model, "LONGEST_PAUSE_SECONDS", 0.1)
