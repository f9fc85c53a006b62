"""The verb: what the input is, what flags mean beside it, what is printed."""

import dataclasses

import pytest
from PIL import Image

from keras_uda.commands import predict as command
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.predict import run as run_module
from keras_uda.predict.run import Request
from keras_uda.predict.run import Tools
from keras_uda.predict.run import kind_of
from keras_uda.predict.run import predict as predict_verb
from tests.predict.calls import run
from tests.predict.calls import write_images
from tests.predict.clips import make_clip
from tests.toy_export import frame


def test_names_are_no_commands_for_the_terminal(tmp_path, predict, capfd):
    clip = make_clip(tmp_path / "a\n\x1b[2J.mp4", frames=1)
    predict(clip, "out\n\x1b[31m.mp4")
    predict(write_images(tmp_path / "in", ["b\n\x1b[2J.png"]) / "b\n\x1b[2J.png", "\x1b[2J")
    told = "".join(capfd.readouterr())
    assert "\x1b" not in told and "wrote" in told and "out\\n\\x1b[31m.mp4: 1 frames" in told
    assert "a\\n\\x1b[2J.mp4 1/1" in told


@pytest.mark.parametrize("flags", [["--opacity", "2"], ["--resume", "--overwrite"]])
def test_flags_that_cannot_be_meant(tmp_path, predict, flags):
    with pytest.raises(UsageError):
        predict(make_clip(tmp_path / "clip.mp4"), "out", *flags)


@pytest.mark.parametrize(
    "flags",
    [
        ["--hardest", "-1"],
        ["--frames", "0"],
        ["--window", "1"],
        ["--window", "-0.1"],
        ["--window", "nan"],
        ["--stream", "-1"],
    ],
)
def test_numbers_that_cannot_be_meant(tmp_path, flags):
    with pytest.raises(UsageError):
        run(make_clip(tmp_path / "clip.mp4"), tmp_path / "out", *flags)


def test_flags_of_footage_are_refused_for_images(tmp_path):
    Image.fromarray(frame(0)).save(tmp_path / "a.png")
    for flags in (["--hardest", "3"], ["--frames", "3"], ["--stream", "1"]):
        with pytest.raises(UsageError, match="for footage"):
            run(tmp_path / "a.png", tmp_path / "out", *flags)


def test_ids_are_of_label_pictures_and_known(tmp_path):
    with pytest.raises(UsageError, match="says what --labels writes. Add --labels"):
        run(tmp_path / "a.png", tmp_path / "out", "--ids", "cityscapes")
    with pytest.raises(UsageError, match="neither a shipped map nor a file. Did you mean `cityscapes`?"):
        run(tmp_path / "a.png", tmp_path / "out", "--labels", "--ids", "cityscape")


def test_windows_need_a_model_at_hand(tmp_path):
    with pytest.raises(UsageError, match="servers send one number"):
        command.main(["--input", "a.png", "--server", "http://localhost:8501", "--window"])


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("camera:0", "camera"),
        ("world:drive", "footage"),
        ("rtsp://host/live.png", "footage"),
        ("a.mp4", "footage"),
        ("a.gif", "footage"),
        ("A.PNG", "image"),
        ("a.tif", "image"),
        (".", "folder"),
    ],
)
def test_the_kind_of_an_input_is_seen_by_its_look(name, kind):
    assert kind_of(name, (".png", ".jpg")) == kind


def test_the_model_is_opened_after_input_and_output_were_looked_at(tmp_path):
    def open_model(path, trust):
        raise AssertionError("opened")

    (tmp_path / "in").mkdir()
    tools = Tools((".png",), lambda path: None, open_model)
    with pytest.raises(DataError, match="no .png file"):
        predict_verb(Request(str(tmp_path / "in"), str(tmp_path / "out"), model="x"), tools)
    (tmp_path / "in" / "a.png").touch()
    with pytest.raises(UsageError, match="not an output"):
        predict_verb(Request(str(tmp_path / "in"), str(tmp_path / "out.mp4"), model="x"), tools)
    with pytest.raises(AssertionError, match="opened"):
        predict_verb(Request(str(tmp_path / "in"), str(tmp_path / "out"), model="x"), tools)


def test_every_field_of_a_request_is_a_flag():
    flags = command.parser().parse_args(["--input", "a.png", "--model", "m"])
    defaults = {field.name: getattr(flags, field.name) for field in dataclasses.fields(Request)}
    assert Request(**defaults) == Request("a.png", model="m")


@pytest.mark.parametrize("name", ["camera:front.mp4", "world:tour.mp4"])
def test_files_with_names_of_other_inputs_are_files(tmp_path, monkeypatch, name):
    make_clip(tmp_path / "a.mp4", frames=2).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    opened = []
    monkeypatch.setattr(run_module, "_predict_footage", lambda request, tools: opened.append(request.input))
    predict_verb(Request(name, "out"), Tools((".png",), None, None))
    assert opened == [f"./{name}"]


def test_a_stream_is_of_a_file():
    for name in ("camera:0", "world:drive"):
        with pytest.raises(UsageError, match=f"for files, and the input is {name}"):
            predict_verb(Request(name, "out", stream=1), Tools((".png",), None, None, clips={"world:drive": None}))
