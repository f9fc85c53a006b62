"""What `export.json` may say: no more than an export of ours, whoever wrote it."""

import json
import re

import pytest

from keras_uda.artefacts.manifest import read_manifest
from keras_uda.artefacts.open_model import open_model
from keras_uda.commands import benchmark_export
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import guard

ENTRY = {"file": "model.tflite", "sha256": "0" * 64, "size_bytes": 1000, "agreement": 1.0, "miou": None}
GOOD = {
    "format": 1,
    "classes": ["road", "sky"],
    "palette": [[0, 0, 0], [255, 255, 255]],
    "size": "64x48",
    "input": {},
    "outputs": {},
    "preprocessing": {},
    "segmenter": {"architecture": "tiny"},
    "checked_on": {"from": "drive frames of the built-in world"},
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


def without(mapping, key):
    return {name: value for name, value in mapping.items() if name != key}


@pytest.mark.parametrize(
    ("key", "content"),
    [(key, without(GOOD, key)) for key in GOOD]
    + [(f"artefacts.tflite.{key}", GOOD | {"artefacts": {"tflite": without(ENTRY, key)}}) for key in ENTRY]
    + [
        (f"artefacts.tflite.{key}", GOOD | {"artefacts": {"tflite": ENTRY | {key: value}}})
        for key, values in {
            "size_bytes": ["9", None, -1, 0.5, True, 10**400, [], {}],
            "agreement": ["high", None, float("nan"), float("inf"), 1.5, -1, True, 10**400, []],
            "miou": ["high", float("nan"), 100, True, {}],
            "sha256": [None, 7, "0" * 63],
            "file": [None, 7, "a\x1b[2Jb", "a\nb"],
        }.items()
        for value in values
    ]
    + [("segmenter", GOOD | {"segmenter": value}) for value in (None, [], "tiny")]
    + [("segmenter.architecture", GOOD | {"segmenter": {"architecture": value}}) for value in (None, 7, "\x1b]0;x\x07")]
    + [("checked_on", GOOD | {"checked_on": value}) for value in (None, [], 8)]
    + [("checked_on.from", GOOD | {"checked_on": {"from": value}}) for value in (None, 7, "a\x9b2J", "a\rb")]
    + [("artefacts", GOOD | {"artefacts": {}}), ("classes", GOOD | {"classes": ["road", "sky\x1b[31m"]})],
)
def test_the_key_that_is_missing_or_wrong_is_named(tmp_path, key, content):
    for use in (lambda folder: benchmark_export.main(["--export", str(folder)]), open_model):
        with pytest.raises(ArtefactError) as refusal:
            use(write(tmp_path, content))
        assert refusal.value.exit_code == 4
        assert re.search(rf"not a valid record \({re.escape(key)}( must be|: a name| is missing)", str(refusal.value))


def test_control_characters_do_not_reach_the_terminal(tmp_path, capsys):
    write(tmp_path, GOOD | {"artefacts": {"\x1b[2J\n": ENTRY | {"agreement": "high"}}})
    assert guard(lambda: open_model(tmp_path), debug=False) == 4
    line = capsys.readouterr().err
    assert line.rstrip("\n").isprintable() and "agreement must be" in line


@pytest.mark.parametrize("file", ["model.tflite", "sub", "a\0b", "sub/model.tflite"])
def test_a_record_of_what_is_not_there_opens_nothing(tmp_path, file):
    (tmp_path / "sub").symlink_to(tmp_path)
    with pytest.raises(ArtefactError):
        open_model(write(tmp_path, GOOD | {"artefacts": {"tflite": ENTRY | {"file": file}}}))


def test_folders_that_are_nearly_numbers_are_no_versions(tmp_path):
    (tmp_path / "²").mkdir()
    with pytest.raises(ArtefactError, match="contains neither"):
        open_model(tmp_path)
