"""Files of a stage are believed only inside their folder, whole and with their hash, whatever happened to them."""

import hashlib
import json
import os

import numpy as np
import pytest

from keras_uda.core.arrays import LARGEST_ARRAYS
from keras_uda.core.errors import DataError
from keras_uda.core.json_records import Record
from keras_uda.runs.stage_files import StageFiles

CONTENT = b"content"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Entry(Record):
    file: str
    sha256: str


class Line(Entry):
    name: str


class Whole(Record):
    images: dict[str, Entry]


class Files(StageFiles):
    plural, singular, key = "files", "file", "images"
    causes = {"model": "another model"}
    line, record = Line, Whole


def finished(folder):
    files = Files(folder, {"model": "a"})
    files.open()
    for name in ("one", "two"):
        file, digest = files._write("kind", name, CONTENT)
        files.listed(name, {"file": file, "sha256": digest})
    files.finish()
    return folder


def opened(folder, **options):
    files = Files(folder, {"model": "a"})
    return files.open(**options), files


def test_what_was_written_is_found(tmp_path):
    whole, files = opened(finished(tmp_path / "a"))
    assert whole and files.files() == {name: str(tmp_path / "a" / "kind" / f"{name}.png") for name in ("one", "two")}


@pytest.mark.parametrize(
    "file", ["../outside", "/etc/hostname", "kind/../../outside", "out/outside", "kind", "", "a\0b"]
)
def test_no_entry_leads_out_of_the_folder(tmp_path, file):
    place = finished(tmp_path / "a")
    (tmp_path / "outside").write_bytes(CONTENT)
    (place / "out").symlink_to(tmp_path)
    entries = {"one": {"file": file, "sha256": DIGEST}}
    (place / "manifest.json").write_text(json.dumps({"format": 1, "model": "a", "images": entries}))
    with pytest.raises(DataError, match="regenerate"):
        opened(place)


@pytest.mark.skipif(os.name == "nt", reason="pipes and devices of Unix")
@pytest.mark.parametrize("name", ["kind/one.png", "manifest.json", "identity.json", "decisions.npz"])
def test_pipes_and_devices_end_at_once(tmp_path, name):
    for number, make in enumerate((os.mkfifo, lambda path: os.symlink("/dev/zero", path), os.mkdir)):
        place = finished(tmp_path / f"{number}")
        (place / name).unlink(missing_ok=True)
        make(place / name)
        if name == "decisions.npz":
            assert opened(place)[0] and Files(place, {}).decisions() == {}
        else:
            with pytest.raises(DataError, match="regenerate"):
                opened(place)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "[" * 100_000, '{"images": []}', '{"images": {"one": 7}}', '{"images": {"one": {"file": 7}}}'],
)
def test_a_manifest_of_another_form_is_named(tmp_path, text):
    place = finished(tmp_path / "a")
    (place / "manifest.json").write_text(text)
    with pytest.raises(DataError, match="manifest.json .damaged.*--regenerate"):
        opened(place)


def test_lines_after_a_damaged_one_are_written_again(tmp_path):
    place = tmp_path / "a"
    files = Files(place, {"model": "a"})
    files.open()
    for name in ("one", "two", "three"):
        file, digest = files._write("kind", name, CONTENT)
        files.listed(name, {"file": file, "sha256": digest})
    lines = (place / "written.jsonl").read_text().splitlines()
    for damaged in ("[" * 100_000, '{"name": 7}', "nonsense"):
        (place / "written.jsonl").write_text("\n".join([lines[0], damaged, *lines[1:]]))
        whole, files = opened(place)
        assert not whole and list(files.entries) == ["one"]


def test_a_bomb_is_no_decision(tmp_path):
    np.savez_compressed(tmp_path / "decisions.npz", zeros=np.zeros(LARGEST_ARRAYS + 1, "uint8"))
    assert (tmp_path / "decisions.npz").stat().st_size < 2_000_000
    assert Files(tmp_path, {}).decisions() == {}
