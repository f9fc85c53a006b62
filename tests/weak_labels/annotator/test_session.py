"""What the annotator keeps: every change is on the disk, in whole files, and is found again."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_uda.core.errors import DataError
from keras_uda.core.errors import InUse
from keras_uda.core.errors import ResourceError
from keras_uda.weak_labels.annotator.session import Session
from keras_uda.weak_labels.annotator.session import locked
from keras_uda.weak_labels.annotator.session import spread_out
from keras_uda.weak_labels.annotator.session import writable_names
from keras_uda.weak_labels.files import read_weak_labels
from tests.conftest import ROOT

CLASSES = ("road", "car", "sky")
WRITES = 6  # of three changes: tags and points; points, tags; tags and points
IMAGES = ["a b/ä.png", "b.png", "c.png"]


def make_images(folder: Path, names=IMAGES) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 6), (90, 90, 90)).save(folder / name)
    return folder


@pytest.fixture
def session(tmp_path) -> Session:
    return Session(make_images(tmp_path / "images"), IMAGES, tmp_path / "tags.csv", CLASSES)


def again(session: Session) -> Session:
    return Session(session.folder, session.images, session.output, session.classes)


def entry(image="b.png", tags=(1, 0, -1), points=(), seconds=2.5) -> dict:
    return {"image": image, "tags": list(tags), "points": list(points), "seconds": seconds}


def test_a_change_is_on_the_disk_at_once(session):
    session.save(entry(points=[{"x": 7, "y": 5, "class": 0}]))
    weak = read_weak_labels(session.output, classes=CLASSES)
    np.testing.assert_array_equal(weak.tags["b.png"], [1, 0, -1])
    assert weak.points["b.png"][0][:3] == (7, 5, "road")
    assert again(session).item(1) == session.item(1)
    assert session.item(1)["size"] == (8, 6)


def test_an_image_that_was_begun_is_kept_and_comes_first_again(session):
    session.save(entry(seconds=None))
    resumed = again(session)
    assert resumed.progress()["done"] == 0 and resumed.next_open() == 0
    assert resumed.item(1)["tags"] == [1, 0, -1] and resumed.item(1)["seconds"] is None


def test_finished_images_are_passed_over(session):
    session.save(entry("a b/ä.png", seconds=4))
    session.save(entry("b.png", tags=(-1, -1, -1), seconds=1))  # nothing can be said about it
    resumed = again(session)
    assert resumed.progress() == {"done": 2, "total": 3, "seconds": 2.5}
    assert resumed.next_open() == 2 and resumed.next_open(2) == 2
    session.save(entry("c.png"))
    assert session.next_open() is None


def test_undoing_leaves_nothing_behind(session):
    session.save(entry(points=[{"x": 0, "y": 0, "class": 0}]))
    session.save(entry(tags=(-1, -1, -1), seconds=None))
    weak = read_weak_labels(session.output, classes=CLASSES)
    assert not weak.images()


def test_files_written_by_hand_count_as_finished(session):
    session.output.write_text("image,road,car,sky\nb.png,1,0,\nc.png,,,\n")
    assert again(session).next_open() == 0
    assert again(session).progress()["done"] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"image": "../secret.png"},
        {"image": "/etc/passwd"},
        {"image": ["b.png"]},
        {"tags": [1, 0]},
        {"tags": [1, 0, 2]},
        {"tags": [True, 0, 1]},
        {"tags": None},
        {"points": [{"x": 8, "y": 0, "class": 0}]},
        {"points": [{"x": -1, "y": 0, "class": 0}]},
        {"points": [{"x": 0, "y": 0, "class": 3}]},
        {"points": [{"x": 0, "y": 0, "class": -3}]},
        {"points": [{"x": 0, "y": 0, "class": 1}]},  # its class is tagged absent
        {"points": [{"x": 0, "y": 0, "class": 0}] * 2},
        {"seconds": "long"},
    ],
)
def test_entries_that_cannot_be_meant_change_nothing(session, wrong):
    session.save(entry("c.png"))
    before = session.output.read_bytes()
    with pytest.raises(DataError):
        session.save(entry() | wrong)
    assert session.output.read_bytes() == before and session.item(1)["tags"] == [-1, -1, -1]


def test_points_alone_are_kept(session):
    points = session.output.with_name("tags.points.jsonl")
    points.write_text('{"image": "c.png", "x": 1, "y": 2, "class": "sky"}\n')
    resumed = again(session)
    assert resumed.item(2)["tags"] == [-1, -1, 1] and len(resumed.item(2)["points"]) == 1
    resumed.save(entry("b.png", points=[{"x": 7, "y": 5, "class": 0}]))
    assert sorted(json.loads(line)["image"] for line in points.read_text().splitlines()) == ["b.png", "c.png"]


def test_what_could_not_be_written_is_not_believed(session, monkeypatch):
    session.save(entry())

    def full(path, content):
        raise ResourceError(path, "no space left", "Free space")

    with monkeypatch.context() as patch:
        patch.setattr("keras_uda.weak_labels.annotator.session.atomic_write", full)
        with pytest.raises(ResourceError):
            session.save(entry("c.png", points=[{"x": 0, "y": 0, "class": 0}]))
    assert session.item(2)["tags"] == [-1, -1, -1] and session.progress()["done"] == 1
    session.save(entry("a b/ä.png"))
    assert read_weak_labels(session.output, classes=CLASSES).images() == ["a b/ä.png", "b.png"]


def test_a_file_about_other_images_is_not_touched(session):
    session.output.write_text("image,road,car,sky\nother.png,1,0,1\n")
    with pytest.raises(DataError, match="other.png"):
        again(session)
    assert "other.png" in session.output.read_text()


def test_two_annotators_do_not_share_a_file(tmp_path):
    owner = f"another annotator has it open: process {os.getpid()} on "
    with locked(tmp_path / "tags.csv"), pytest.raises(InUse, match=owner), locked(tmp_path / "tags.csv"):
        pass
    with locked(tmp_path / "tags.csv"):
        pass


@pytest.mark.parametrize("fault", [f"file-before-rename:{number}" for number in range(1, 8)])
def test_files_agree_whenever_it_is_killed(tmp_path, fault):
    """A tag is taken back together with its point, and set again: no kill leaves a point of an absent class."""
    images = make_images(tmp_path / "images")
    program = f"""
from pathlib import Path
from keras_uda.weak_labels.annotator.session import Session
session = Session(Path({str(images)!r}), {IMAGES!r}, Path({str(tmp_path / "tags.csv")!r}), {CLASSES!r})
for seconds, on in enumerate((1, 0, 1)):
    points = [dict(x=1, y=2, **{{"class": 1}})] * on
    session.save(dict(image="b.png", tags=[1, on, 0], points=points, seconds=seconds))
"""
    environment = {**os.environ, "KERAS_UDA_FAULT": fault, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, timeout=60)
    number = int(fault.partition(":")[2])
    assert done.returncode == (-signal.SIGKILL if number <= WRITES else 0)
    assert (tmp_path / "tags.csv").exists() == (number > 1)
    if number > 1:
        read_weak_labels(tmp_path / "tags.csv", classes=CLASSES)  # raises if they contradict each other


def test_every_beginning_is_spread_over_the_drive():
    names = [f"{number:04d}" for number in range(1000)]
    order = spread_out(names)
    assert sorted(order) == names
    for count in (8, 30, 100):
        gaps = np.diff(sorted(int(name) for name in order[:count]) + [1000])
        assert gaps.max() <= 3 * 1000 / count
    assert spread_out([]) == [] and spread_out(["a"]) == ["a"]


def test_ten_thousand_images_are_answered_quickly(tmp_path):
    import time

    names = [f"{number:05d}.png" for number in range(10_000)]
    make_images(tmp_path, names[:1])
    session = Session(tmp_path, names, tmp_path / "tags.csv", CLASSES)
    for name in names:
        session.weak.tags[name] = np.array([1, 0, 1], "int8")
        session.weak.seconds[name] = 1.0
    began = time.perf_counter()
    session.save(entry(names[0]))
    assert session.next_open() is None
    assert len(json.dumps(session.item(0))) < 1000
    assert time.perf_counter() - began < 2


def test_names_that_no_text_file_can_hold_are_left_out(capsys):
    assert writable_names(["a.png", "stra\udcdfe.png", "straße.png"]) == ["a.png", "straße.png"]
    assert "stra\\udcdfe.png" in capsys.readouterr().err
