"""`predict`: flags that cannot be meant, and what reaches the package."""

import pytest

from keras_uda.api import predict as api
from keras_uda.commands import predict as command
from keras_uda.core.errors import UsageError

MODEL = ["--input", "frames", "--model", "model.tflite"]
SERVER = ["--input", "frames", "--server", "http://host:8501"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--input", "frames"], "--model: is missing"),
        ([*MODEL, "--server", "http://host:8501"], "--server: runs the model that is served"),
        ([*MODEL, "--opacity", "1.5"], "--opacity: 1.5 is not between 0 and 1"),
        ([*MODEL, "--resume", "--overwrite"], "Drop one of them"),
        ([*SERVER, "--in-flight", "0"], "--in-flight: 0 is not between 1 and 64"),
        ([*SERVER, "--timeout", "0"], "--timeout: 0"),
        ([*MODEL, "--window", "0.95"], "--window: 0.95 is not a part"),
        ([*SERVER, "--window"], "--window: needs the confidence of every pixel"),
        ([*MODEL, "--frames", "0"], "--frames: 0 is not a number of frames. Give 1 or more"),
        ([*MODEL, "--hardest", "-1"], "--hardest: -1 is not a number of frames. Give 0 or more"),
    ],
)
def test_flags_that_cannot_be_meant_are_refused(arguments, message, monkeypatch):
    monkeypatch.setattr("keras_uda.predict.run.predict", None)
    with pytest.raises(UsageError) as error:
        command.main(arguments)
    assert message in str(error.value)


def test_flags_reach_the_package(monkeypatch):
    taken = []
    monkeypatch.setattr("keras_uda.predict.run.predict", lambda request, tools: taken.append((request, tools)))
    command.main([*MODEL, "--labels", "--window", "--hardest", "0"])
    ((request, tools),) = taken
    assert (request.input, request.model, request.labels, request.window, request.hardest) == (
        "frames", "model.tflite", True, 0.25, 0
    )  # fmt: skip
    assert tools.open_model is api.open_model
