"""The description inside a .tflite file: read back, the same bytes for the same model, and never believed."""

import io
import zipfile

import pytest

from keras_uda.artefacts.metadata import metadata
from keras_uda.artefacts.metadata import parse_metadata
from keras_uda.artefacts.metadata import read_metadata

DESCRIPTION = {"classes": ["road", "straße"], "size": "64x48", "licence": "CC BY 4.0"}


def test_a_description_is_read_back_from_behind_the_model(tmp_path):
    (tmp_path / "a.tflite").write_bytes(b"TFL3 content" + metadata(DESCRIPTION))
    assert read_metadata(tmp_path / "a.tflite") == DESCRIPTION
    with zipfile.ZipFile(tmp_path / "a.tflite") as archive:
        assert archive.read("labels.txt").decode() == "road\nstraße\n"


def test_the_same_description_gives_the_same_bytes():
    assert metadata(DESCRIPTION) == metadata(dict(DESCRIPTION))


@pytest.mark.parametrize("text", ["", "{", "[1]", "3", "[" * 100_000])
def test_what_is_no_description_is_none(text):
    assert parse_metadata(text) is None


def archive(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as one:
        one.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no archive",
        archive("other.json", b"{}"),
        archive("metadata.json", b"\xff"),
        archive("metadata.json", b" " * 1_000_001),  # a small file that unpacks to a large one
        metadata(DESCRIPTION)[:-30],
    ],
)
def test_files_without_one_give_none(tmp_path, content):
    (tmp_path / "a.tflite").write_bytes(content)
    assert read_metadata(tmp_path / "a.tflite") is None
    assert read_metadata(tmp_path / "missing.tflite") is None
