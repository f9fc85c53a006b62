"""The verb `predict` with the exported toy model."""

import pytest

from keras_uda.commands import predict as command


@pytest.fixture
def predict(tmp_path):
    """Calls the verb with the exported toy model; returns the output path."""

    def call(source, output="out", *flags):
        from tests.toy_export import toy_exports  # on use: most tests of footage need no model

        target = tmp_path / output
        arguments = ["--input", str(source), "--output", str(target), "--model", str(toy_exports() / "model.tflite")]
        command.main([*arguments, *flags])
        return target

    return call
