"""What `export.json` may say: no more than an export of ours, whoever wrote it."""

import json

import pytest

from keras_uda.errors import ArtefactError
from keras_uda.export.manifest import read_manifest
from keras_uda.export.open_model import open_model

ENTRY = {"file": "model.tflite", "sha256": "0" * 64}
GOOD = {
    "format": 1,
    "classes": ["road", "sky"],
    "palette": [[0, 0, 0], [255, 255, 255]],
    "size": "64x48",
    "input": {},
    "outputs": {},
    "preprocessing": {},
    "artefacts": {"tflite": ENTRY},
}


def write(folder, content):
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    (folder / "export.json").write_bytes(text)
    return folder


def test_a_whole_record_is_read(tmp_path):
    assert read_manifest(write(tmp_path, GOOD)) == GOOD


@pytest.mark.parametrize(
    "content",
    [[], 1, None, {}, b"", b"\xff", b"[" * 200_000, b"9" * 9000, GOOD | {"format": 2}]
    + [GOOD | {"size": size} for size in ("", "64", "-5x-5", "99999x99999", "0x48", 64, None)]
    + [GOOD | {"palette": colours} for colours in ([], [[0, 0, 0]], [[0, 0], [1, 1]], [1, 2], None, [[0, 0, 256]] * 2)]
    + [GOOD | {"classes": names} for names in ([], ["road"], [1, 2], ["a", "a"], "ab", None, ["a", "\ud800"])]
    + [GOOD | {"artefacts": entries} for entries in ([ENTRY], "tflite", None, {"tflite": "model.tflite"}, {"a": {}})]
    + [
        GOOD | {"artefacts": {"tflite": ENTRY | {"file": file}}}
        for file in ("", ".", "..", "../model.tflite", "a/../../b", "/etc/passwd", 7, None, ["a"], "a" * 300, "\ud800")
    ]
    + [GOOD | {"artefacts": {"tflite": ENTRY | {"sha256": hash}}} for hash in ("", "0" * 63, "Z" * 64, None, 7)],
)
def test_what_no_export_of_ours_says_is_refused(tmp_path, content):
    with pytest.raises(ArtefactError, match="not a valid record"):
        read_manifest(write(tmp_path, content))
    with pytest.raises(ArtefactError):
        open_model(tmp_path)


@pytest.mark.parametrize("file", ["model.tflite", "sub", "a\0b", "sub/model.tflite"])
def test_a_record_of_what_is_not_there_opens_nothing(tmp_path, file):
    (tmp_path / "sub").symlink_to(tmp_path)
    with pytest.raises(ArtefactError):
        open_model(write(tmp_path, GOOD | {"artefacts": {"tflite": ENTRY | {"file": file}}}))


def test_folders_that_are_nearly_numbers_are_no_versions(tmp_path):
    (tmp_path / "²").mkdir()
    with pytest.raises(ArtefactError, match="holds neither"):
        open_model(tmp_path)
