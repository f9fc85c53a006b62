"""A generation vouches for every byte of it, for its step and for the name of its folder."""

import hashlib
import json
import os

import numpy as np
import pytest

from keras_uda.training.generations import MANIFEST
from keras_uda.training.generations import name_of
from keras_uda.training.generations import read_manifest
from keras_uda.training.generations import step_of
from keras_uda.training.generations import write_manifest

IDENTITY = {"config": "0f", "keras": "3.15.1"}


def generation(folder, step=8):
    place = folder / name_of(step)
    place.mkdir()
    for name in ("state.index", "state.data-00000-of-00001"):
        (place / name).write_bytes(np.random.default_rng(0).bytes(300))
    write_manifest(place, step, IDENTITY, "ab" * 32)
    return place


def change(place, **entries):
    """Other entries, as an editor leaves them: in the same form."""
    path = place / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | entries, indent=1))
    return read_manifest(place)[1]


def test_what_was_written_is_read(tmp_path):
    manifest, fault = read_manifest(generation(tmp_path))
    assert not fault and manifest["step"] == 8 and manifest["identity"] == IDENTITY
    assert manifest["sizes"] == {"state.index": 300, "state.data-00000-of-00001": 300}


def test_every_changed_byte_is_found(tmp_path):
    place = generation(tmp_path)
    for path in place.iterdir():
        content = path.read_bytes()
        for position in range(len(content)):
            for change in (1, 0x20):
                path.write_bytes(content[:position] + bytes([content[position] ^ change]) + content[position + 1 :])
                assert read_manifest(place)[1], f"byte {position} of {path.name}"
        for end in range(0, len(content), 7):
            path.write_bytes(content[:end])
            assert read_manifest(place)[1], f"{path.name} cut at {end}"
        path.write_bytes(content + b" ")
        assert read_manifest(place)[1]
        path.write_bytes(content)
    assert not read_manifest(place)[1]


@pytest.mark.parametrize(
    "entries",
    [
        *({"step": step} for step in (9, 7, -5, 0, 10**9, 8.0, "8", True, None, [8])),
        *({"identity": identity} for identity in ({}, {"config": "0e"}, IDENTITY | {"more": ""}, [], "x", {"a": 1})),
        *({"format": version} for version in (0, 1, 3, "2", None)),
        *({"files": files} for files in ({}, [], {"state.index": "0" * 64}, {"../x": "0" * 64}, None)),
        *({"sizes": sizes} for sizes in ({}, {"state.index": 5_000_000_000}, [])),
        *({"variables": "cd" * 32}, {"variables": ""}, {"sha256": ""}, {"sha256": "0" * 64}, {"further": 1}),
    ],
)
def test_every_changed_entry_is_found(tmp_path, entries):
    assert change(generation(tmp_path), **entries)


def test_the_name_of_the_folder_and_the_manifest_agree(tmp_path):
    place = generation(tmp_path)
    for name in ("step-00000009", "step-8", "step-00000008.old", "step-"):
        moved = place.rename(tmp_path / name)
        assert read_manifest(moved)[1] == f"{MANIFEST} is of step 8, and the folder is not"
        moved.rename(place)
    assert not read_manifest(place)[1]
    assert step_of(place) == 8 and step_of(tmp_path / "step-x") == -1


def test_files_added_or_removed_are_found(tmp_path):
    place = generation(tmp_path)
    (place / "more").touch()
    assert read_manifest(place)[1] == "files were added or removed"
    (place / "more").unlink()
    (place / "state.index").unlink()
    assert read_manifest(place)[1] == "files were added or removed"


@pytest.mark.skipif(os.name == "nt", reason="pipes and devices of Unix")
@pytest.mark.parametrize("name", [MANIFEST, "state.index"])
def test_pipes_devices_and_sparse_files_end_at_once(tmp_path, name):
    path = generation(tmp_path) / name
    for make in (os.mkfifo, lambda path: os.symlink("/dev/zero", path), os.mkdir, sparse):
        path.unlink()
        make(path)
        assert read_manifest(path.parent)[1].startswith(f"{name}: ")
        path.rmdir() if path.is_dir() else path.unlink()
        path.touch()


def sparse(path):
    with path.open("wb") as stream:
        stream.truncate(500_000_000_000)


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100_000, '{"a":' * 100_000, "\x00", "{}"])
def test_what_is_no_manifest_is_told(tmp_path, text):
    place = generation(tmp_path)
    (place / MANIFEST).write_text(text)
    assert read_manifest(place)[1]


def test_a_generation_of_an_earlier_version_is_read(tmp_path):
    place = generation(tmp_path)
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in place.glob("state*")}
    content = {"format": 1, "step": 8, "identity": IDENTITY, "files": files}
    (place / MANIFEST).write_text(json.dumps(content, indent=1))
    assert read_manifest(place) == (content, "")
    assert "of step 9" in change(place, step=9)
