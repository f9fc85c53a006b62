"""After an interruption the advice is a command that works."""

import pytest

from keras_uda.commands import predict as command
from keras_uda.core.errors import Interrupted
from keras_uda.core.errors import ResourceError
from keras_uda.predict.predictor import Predictor
from keras_uda.predict.remedies import Call
from keras_uda.predict.remedies import advice
from tests.predict.calls import write_images
from tests.predict.clips import make_clip
from tests.toy_export import toy_exports


def stopped(monkeypatch, error):
    """The first picture is not finished: `error` comes instead."""

    def stop(*_):
        raise error

    monkeypatch.setattr(Predictor, "picture", stop)


@pytest.mark.parametrize(
    ("name", "flags", "told"),
    [
        ("clip.mp4", ["--output", "out"], "Ctrl-C: stopped by a signal. Run the same command again with --resume."),
        ("in", ["--output", "out"], "Run the same command again with --resume."),
        ("in", [], "Run the same command again with --resume --output predictions/in-1."),
        ("in", ["--output", "out", "--overwrite"], "again with --resume instead of --overwrite."),
        ("in/a.png", ["--output", "out.png"], "Run the same command again with --overwrite."),
    ],
)
def test_the_advice_after_ctrl_c_can_be_followed(tmp_path, monkeypatch, name, flags, told):
    make_clip(tmp_path / "clip.mp4", frames=2)
    write_images(tmp_path / "in", ["a.png", "b.png"])
    monkeypatch.chdir(tmp_path)
    arguments = ["--input", name, "--model", str(toy_exports() / "model.tflite"), *flags]
    with monkeypatch.context() as patch:
        stopped(patch, KeyboardInterrupt())
        with pytest.raises(Interrupted) as stop:
            command.main(arguments)
    assert told in str(stop.value) and stop.value.exit_code == 130
    more = str(stop.value).partition(" with ")[2].removesuffix(".").removesuffix(" instead of --overwrite").split()
    command.main([flag for flag in arguments if flag != "--overwrite"] + more)


@pytest.mark.parametrize("raised", [MemoryError(), type("ResourceExhaustedError", (Exception,), {})()])
def test_too_little_memory_names_flags_of_predict(tmp_path, predict, monkeypatch, raised):
    stopped(monkeypatch, raised)
    with pytest.raises(ResourceError, match="memory: .* Scale the input down, or lower --hardest.$"):
        predict(make_clip(tmp_path / "clip.mp4", frames=2))
    with pytest.raises(ResourceError, match="memory: .* Scale the input down.$"):
        predict(write_images(tmp_path / "in", ["a.png"]), "out2")


def test_a_camera_that_is_stopped_twice_is_recorded_again(tmp_path):
    with pytest.raises(Interrupted, match="Record again with another --output"), advice(Call("camera")):
        raise KeyboardInterrupt
