"""What all tests share: the place of the reference material, and TensorFlow set up as the commands set it up."""

import gc
import json
import os
import signal
import socket
from pathlib import Path

import numpy as np
import pytest

from keras_uda.core import apart

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
if "PYTEST_XDIST_WORKER" in os.environ:  # there is a worker for every core: threads of one would only wait for another
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("KERAS_UDA_SHARED", ROOT / "../shared")).resolve()


def shared_path(relative: str) -> Path:
    """A file of the reference material, or a skip that says what is missing."""
    path = SHARED / relative
    if not path.exists():
        pytest.skip(f"reference material {relative} is not at KERAS_UDA_SHARED={SHARED}")
    return path


def load_vectors(case: str) -> tuple[dict[str, np.ndarray], dict]:
    """Arrays and meta of `reference/vectors/<case>.npz`."""
    with np.load(shared_path(f"reference/vectors/{case}.npz"), allow_pickle=False) as archive:
        arrays = {key: archive[key] for key in archive.files if key != "meta"}
        return arrays, json.loads(str(archive["meta"]))


def assert_matches(value, arrays: dict, meta: dict, key: str) -> None:
    """Compares with a stored output under the tolerance that is stored beside it."""
    value, limit = np.asarray(value), meta["tolerance"][key]
    if limit.get("exact"):
        np.testing.assert_array_equal(value, arrays[key])
    else:
        np.testing.assert_allclose(value, arrays[key], rtol=meta["rtol"], atol=limit["atol"])


def pytest_addoption(parser) -> None:
    parser.addoption("--row", help="only the tests of a row of docs/reliability.md, such as K1")


def pytest_collection_modifyitems(config, items) -> None:
    """Leaves the tests of the row that was asked for."""
    if row := config.getoption("--row"):
        from tests.reliability_rows import belongs
        from tests.reliability_rows import table

        items[:] = [item for item in items if belongs(item.nodeid, table()[row])]


def pytest_collection_finish() -> None:
    """What is imported by now stays, and eager steps make much that dies at once: the garbage collector may rest."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_the_disk():
    """What is written need not survive a power cut here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def no_process_for_a_call():
    """What runs in a process of its own runs in this one: seconds less for each, same answers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(apart, "call", lambda function, *arguments: function(*arguments))
        patch.setattr(apart, "limited", lambda limits, function, *arguments: function(*arguments))
        yield


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_is_heard():
    """A shell that starts a command in the background lets it ignore SIGINT, and all processes of that command."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def no_network():
    """No test leaves this machine: a download that nobody asked for fails here."""
    connect = socket.socket.connect

    def connect_here(self, address):
        here = not isinstance(address, tuple) or address[0] in ("localhost", "::1") or address[0].startswith("127.")
        assert here, f"a test must not reach {address}"
        return connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        yield
