"""Names of inputs in outputs, records and errors hold no secret."""

import json

import av
import pytest

from keras_uda.commands import predict as command
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.predict import inputs
from keras_uda.predict.video import read
from tests.predict.clips import make_clip
from tests.toy_export import toy_exports

ADDRESS = "rtsp://admin:hunter2@10.0.0.7:554/live.sdp?token=hunter3"


@pytest.mark.parametrize(
    ("source", "stem", "name"),
    [
        (ADDRESS, "live", "rtsp://10.0.0.7:554/live.sdp"),
        ("rtsp://admin:hunter2@10.0.0.7:554", "10.0.0.7", "rtsp://10.0.0.7:554"),
        ("rtsp://admin:hunter2@10.0.0.7:554/", "10.0.0.7", "rtsp://10.0.0.7:554/"),
        ("http://a:p@hunter2@[::1]/a/b.mp4?key=hunter3#x", "b", "http://[::1]/a/b.mp4"),
        ("rtsp://admin:hunter/2@10.0.0.7/live", "input", "an address"),
        ("rtsp://[hunter2", "input", "an address"),
        ("camera:/dev/video2", "camera-video2", "video2"),
        ("clips/drive.mp4", "drive", "drive.mp4"),
        ("world:drive", "world-drive", "world:drive"),
    ],
)
def test_names_of_inputs_hold_no_secret(source, stem, name):
    assert (inputs.stem_of(source), inputs.name_of(source)) == (stem, name)


def test_secrets_of_a_camera_are_neither_written_nor_printed(tmp_path, monkeypatch, capsys):
    clip = str(make_clip(tmp_path / "clip.mp4", frames=2))
    monkeypatch.setattr(read, "open_container", lambda *_: av.open(clip))
    monkeypatch.chdir(tmp_path)
    command.main(["--input", ADDRESS, "--model", str(toy_exports() / "model.tflite"), "--allow-url"])
    record = tmp_path / "predictions" / "live-1" / "predict.json"
    assert json.loads(record.read_text())["input"] == "rtsp://10.0.0.7:554/live.sdp"
    assert not [path for path in tmp_path.rglob("*") if "hunter" in path.name or "admin" in path.name]
    assert "hunter" not in record.read_text() + "".join(capsys.readouterr())


@pytest.mark.parametrize("end", ["live", "snapshot.jpg", "a" * 5000])
def test_secrets_of_an_address_are_in_no_error(tmp_path, predict, end):
    for flags in ([], ["--allow-url"]):
        with pytest.raises((UsageError, DataError)) as refusal:
            predict(f"http://admin:hunter2@127.0.0.1:1/{end}?token=hunter3", "out", *flags)
        assert "hunter" not in str(refusal.value)
