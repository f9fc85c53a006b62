"""The cache: made once, whole or made again, never beside the data, and every bad file named."""

import errno
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_uda.config.data_schema import DomainConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import CITYSCAPES_16
from keras_uda.core.errors import DataError
from keras_uda.core.errors import ResourceError
from keras_uda.core.files import sha256
from keras_uda.data.cache import conversion
from keras_uda.data.cache import prepare as cache
from keras_uda.data.cache.prepare import prepare
from keras_uda.data.domain import open_domain
from keras_uda.data.formats.labels import resize_nearest
from keras_uda.data.ledger import ForbiddenLabels
from keras_uda.data.ledger import LabelLedger
from keras_uda.world.render import render
from tests.conftest import ROOT
from tests.data import making

SMALL = (32, 24)


def world(frames=4, name="sim", classes=CITYSCAPES):
    return open_domain(DomainConfig(name=name, frames=frames), classes, "train")


def load(path):
    return np.asarray(Image.open(path))


def snapshot(folder):
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in Path(folder).rglob("*") if path.is_file()}


def test_frames_of_the_world_are_drawn_once_and_exactly(tmp_path):
    first = prepare(world(), SMALL, str(tmp_path), labels=True)
    for index, (image, label) in enumerate(zip(first.images, first.labels, strict=True)):
        drawn = render("sim", index, SMALL, 0)
        np.testing.assert_array_equal(load(image), drawn[0])
        np.testing.assert_array_equal(load(label), drawn[1])
    before = snapshot(tmp_path)
    again = prepare(world(), SMALL, str(tmp_path), labels=False)
    assert snapshot(tmp_path) == before and again.images == first.images and again.labels is None


def test_frames_of_other_code_are_not_taken(tmp_path, monkeypatch):
    first = prepare(world(), SMALL, str(tmp_path), labels=False)
    monkeypatch.setattr(cache, "world_sources", lambda: "changed")
    assert not set(first.images) & set(prepare(world(), SMALL, str(tmp_path), labels=False).images)


def test_a_world_with_other_classes_gets_other_labels(tmp_path):
    nineteen = prepare(world(), SMALL, str(tmp_path), labels=True)
    sixteen = prepare(world(classes=CITYSCAPES_16), SMALL, str(tmp_path), labels=True)
    table = np.array(
        [CITYSCAPES_16.index(n) if n in CITYSCAPES_16 else 255 for n in CITYSCAPES] + [255] * 237, np.uint8
    )
    for a, b in zip(nineteen.labels, sixteen.labels, strict=True):
        np.testing.assert_array_equal(table[load(a)], load(b))


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "gone"])
def test_damaged_entries_are_made_again(tmp_path, damage):
    first = prepare(world(), SMALL, str(tmp_path), labels=True)
    sums = [sha256(file) for file in (*first.images, *first.labels)]
    for file in (Path(first.images[1]), Path(first.labels[2])):
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        {
            "cut": lambda f, c: f.write_bytes(c[: len(c) // 2]),
            "flip": lambda f, c: f.write_bytes(c),
            "empty": lambda f, c: f.write_bytes(b""),
            "gone": lambda f, c: f.unlink(),
        }[damage](file, content)
    again = prepare(world(), SMALL, str(tmp_path), labels=True)
    assert [sha256(file) for file in (*again.images, *again.labels)] == sums


def test_labels_at_network_size_for_training_and_at_their_own_for_scores(tmp_path):
    root = making.make_folder(tmp_path / "data")
    training = making.prepared(root, size=SMALL)
    scoring = making.prepared(root, size=SMALL, purpose="evaluation", ledger=LabelLedger())
    for name, small, own in zip(training.names, training.labels, scoring.labels, strict=True):
        original = load(root / "labels/train" / name)
        np.testing.assert_array_equal(load(own), original)
        np.testing.assert_array_equal(load(small), resize_nearest(original, SMALL))
    assert scoring.native_labels and not training.native_labels
    assert training.images == [str(root / "images/train" / name) for name in training.names]


def test_nothing_is_written_beside_the_data_and_a_change_is_noticed(tmp_path):
    root = making.make_folder(tmp_path / "data", making.ODD_NAMES)
    before = snapshot(root)
    first = making.prepared(root)
    assert snapshot(root) == before
    making.save(root / "labels/train/plain.png", making.ids(99, [0, 1]))
    second = making.prepared(root)
    changed = [name for name, a, b in zip(first.names, first.labels, second.labels, strict=True) if a != b]
    assert changed == ["plain.png"]
    making.save(root / "images/train/plain.png", making.picture(5, (20, 20)))
    with pytest.raises(DataError, match="label is 65x33, image is 20x20"):
        making.prepared(root)


def test_images_that_tensorflow_would_misread_are_copied(tmp_path):
    making.save(tmp_path / "data" / "deep.png", making.picture(0)[..., 0].astype(np.uint16) * 256)
    making.save(tmp_path / "data" / "plain.png", making.picture(0))
    Image.fromarray(making.picture(0)).convert("CMYK").save(tmp_path / "data" / "ink.jpg")
    ready = prepare(making.domain(tmp_path / "data"), SMALL, None, labels=False)
    own = {name: str(tmp_path / "data") in file for name, file in zip(ready.names, ready.images, strict=True)}
    assert own == {"deep.png": False, "ink.jpg": False, "plain.png": True}
    np.testing.assert_array_equal(load(ready.images[0])[..., 1], making.picture(0)[..., 0])


def spoil(root):
    """One fault of each kind; returns name -> word of its reason."""
    images, labels = root / "images/train", root / "labels/train"
    cut = images / "0000.png"
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    (images / "0001.png").write_bytes(b"")
    (images / "0002.png").write_bytes(b"<html>not found</html>")
    (images / "0003.png").write_bytes(making.png(20_000, 20_000, 8, 2))
    values = making.ids(0, [0])
    values[0, :2] = 77
    making.save(labels / "0004.png", values)
    making.save(labels / "0005.png", making.ids(0, [0], size=(33, 65)))
    making.save(labels / "0006.png", making.picture(0))
    return dict(
        zip(
            [f"{i:04d}.png" for i in range(7)],
            ["truncated", "0 bytes", "not a PNG", "too large", "ids 77 (2 px)", "label is 33x65", "ids only"],
            strict=True,
        )
    )


def test_all_bad_files_are_named_at_once(tmp_path):
    root = making.make_folder(tmp_path / "data")
    expected = spoil(root)
    with pytest.raises(DataError) as caught:
        making.prepared(root)
    assert "7 of 8 files cannot be used" in str(caught.value)
    notes = dict(note.split(": ", 1) for note in caught.value.__notes__)
    assert notes.keys() == expected.keys()
    for name, words in expected.items():
        assert words in notes[name]
    listing = next((cache.cache_folder(None) / "bad_files").iterdir())
    assert listing.read_text().splitlines() == caught.value.__notes__
    assert str(listing) in str(caught.value)


def test_bad_pairs_are_skipped_together_if_asked(tmp_path, capsys):
    root = making.make_folder(tmp_path / "data")
    expected = spoil(root)
    ready = prepare(making.domain(root, on_bad_sample="skip"), SMALL, None, labels=True)
    assert ready.names == ["0007.png"] and len(ready.labels) == len(ready.digests) == 1
    assert {problem.name for problem in ready.skipped} == expected.keys()
    assert "7 of 8 pairs left out" in capsys.readouterr().err


def test_images_are_decoded_once_in_their_life(tmp_path, monkeypatch):
    root = making.make_folder(tmp_path / "data")
    making.prepared(root)
    monkeypatch.setattr(
        cache, "run_jobs", lambda function, jobs, description: [] if not jobs else pytest.fail(function)
    )
    making.prepared(root)


def test_the_ledger_is_asked_before_a_target_label_is_opened(tmp_path):
    root = making.make_folder(tmp_path / "data")
    ledger = LabelLedger()
    ledger.allow(["evaluation"])
    opened = making.domain(root)
    with opened_files() as files:
        with pytest.raises(ForbiddenLabels):
            prepare(opened, SMALL, None, labels=True, ledger=ledger, purpose="training")
        prepare(opened, SMALL, None, labels=False, ledger=ledger)
    assert files and not [file for file in files if "labels" in file]
    prepare(opened, SMALL, None, labels=True, ledger=ledger, purpose="evaluation")
    assert ledger.counts() == {"evaluation": 8}


@contextmanager
def opened_files():
    """Every file that Python opens in the block."""
    files, watching = [], [True]

    def note(event, arguments):
        if watching and event == "open":
            files.append(str(arguments[0]))

    sys.addaudithook(note)  # stays for the life of the process, silent after the block
    yield files
    watching.clear()


def test_a_full_disk_and_a_file_in_the_way_are_resource_errors(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(ResourceError, match="a file where a folder"):
        prepare(world(), SMALL, str(tmp_path / "file"), labels=True)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(conversion, "write_png", full)
    with pytest.raises(ResourceError, match="no space left"):
        prepare(world(), SMALL, str(tmp_path / "full"), labels=True)


def test_two_processes_may_prepare_the_same_domain(tmp_path):
    script = (
        "from tests.data.cache.test_prepare import *\n"
        f"print(len(prepare(world(60), (32, 24), {str(tmp_path)!r}, labels=True).images))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = [
        subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE) for _ in range(2)
    ]
    assert [process.communicate(timeout=60)[0].split()[-1] for process in started] == [b"60", b"60"]
    ready = prepare(world(60), SMALL, str(tmp_path), labels=True)
    assert all(conversion.is_whole_png(file) for file in (*ready.images, *ready.labels))
    assert not list(tmp_path.rglob(".tmp-*"))


def test_without_a_home_folder_the_remedy_names_the_cache(monkeypatch, tmp_path):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # no HOME, and no such user
    with pytest.raises(ResourceError, match="no home folder.*--data.cache DIR, or XDG_CACHE_HOME") as told:
        cache.cache_folder(None)
    assert told.value.exit_code == 6 and cache.cache_folder(str(tmp_path)) == tmp_path


def test_pictures_that_tensorflow_cannot_decode_are_copied_exactly(tmp_path):
    for number, name in enumerate(("a.webp", "b.tif", "c.ppm")):
        options = {"lossless": True} if name == "a.webp" else {}
        making.save(tmp_path / "images" / name, making.picture(number), **options)
        making.save(tmp_path / "labels" / f"{name[0]}.png", making.ids(number, [0, 1]))
    prepared = making.prepared(tmp_path)
    for number, copy in enumerate(prepared.images):
        assert copy.endswith(".png")
        np.testing.assert_array_equal(Image.open(copy), making.picture(number))


def test_a_half_turn_beside_a_label_is_refused_before_training(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 3
    making.save(tmp_path / "images/a.jpg", making.picture(0), exif=exif)
    making.save(tmp_path / "labels/a.png", making.ids(0, [0, 1]))
    assert len(making.prepared(tmp_path, labels=False)) == 1
    with pytest.raises(DataError, match="EXIF orientation 3 .half a turn."):
        making.prepared(tmp_path)
