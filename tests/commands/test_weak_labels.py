"""`weak-labels make`, `check` and `annotate` as people call them."""

import numpy as np
import pytest
from PIL import Image

from keras_uda.__main__ import main
from keras_uda.weak_labels.files import read_weak_labels

CLASSES = ("road", "car", "sky")


@pytest.fixture
def folder(tmp_path):
    """A domain of three labelled images in the layout of `folder`."""
    for number in range(3):
        label = np.zeros((12, 16), "uint8")
        label[:6] = 2
        label[8:, : 4 * number] = 1
        for kind, pixels in (("images", np.full((12, 16, 3), 80, "uint8")), ("labels", label)):
            (tmp_path / kind / "train").mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(tmp_path / kind / "train" / f"{number}.png")
    (tmp_path / "map.yaml").write_text("classes: {road: [0], car: [1], sky: [2]}\n")
    return tmp_path


@pytest.fixture
def weak_labels(folder, monkeypatch):
    """Runs an action on that domain and returns its exit code."""
    monkeypatch.chdir(folder)
    data = ["--data.target.name", "folder", "--data.target.root", str(folder), "--data.cache", str(folder / "cache")]
    data += ["--data.target.class_map", str(folder / "map.yaml"), "--data.classes", "[road, car, sky]"]
    return lambda action, *flags: main(["weak-labels", action, *flags, *data])


def test_made_files_pass_their_check(weak_labels, folder, capsys):
    assert weak_labels("make", "--points", "2", "--output", "weak/tags.csv") == 0
    weak = read_weak_labels(folder / "weak/tags.csv", classes=CLASSES)
    assert [tags.tolist() for tags in weak.tags.values()] == [[1, 0, 1], [1, 1, 1], [1, 1, 1]]
    assert sum(map(len, weak.points.values())) == 16
    assert weak_labels("check", "--tags", "weak/tags.csv") == 0
    assert weak_labels("check", "--tags", "weak/tags.csv", "--images", "images/train") == 0
    assert "no mistakes: 3 images, 16 points" in capsys.readouterr().out


def test_as_many_points_elsewhere(weak_labels, folder):
    files = {"classes": ["--points", "2"], "anywhere": ["--points", "2"], "some": ["--per-image", "5"]}
    for name, flags in files.items():
        places = "classes" if name == "classes" else "anywhere"
        assert weak_labels("make", *flags, "--places", places, "--output", f"{name}.csv") == 0
    weak = {name: read_weak_labels(folder / f"{name}.csv", classes=CLASSES) for name in files}
    numbers = {name: [len(points) for points in one.points.values()] for name, one in weak.items()}
    assert numbers == {"classes": [4, 6, 6], "anywhere": [4, 6, 6], "some": [5, 5, 5]}
    assert weak["anywhere"].points != weak["classes"].points
    assert weak_labels("check", "--tags", "anywhere.csv") == 0


def test_nothing_good_is_overwritten(weak_labels, folder):
    (folder / "tags.csv").write_text("image,road\n")
    assert weak_labels("make", "--output", "tags.csv") == 2
    assert (folder / "tags.csv").read_text() == "image,road\n"


def test_points_of_somebody_are_not_overwritten_either(weak_labels, folder):
    (folder / "tags.points.jsonl").write_text('{"image": "1.png", "x": 1, "y": 1, "class": "car"}\n')
    assert weak_labels("make", "--output", "tags.csv") == 2
    assert "1.png" in (folder / "tags.points.jsonl").read_text() and not (folder / "tags.csv").exists()


def test_a_class_is_present_with_so_many_pixels(weak_labels, folder):
    """The cars of the three images have 0, 16 and 32 pixels."""
    for pixels, cars in ((16, [0, 1, 1]), (17, [0, 0, 1]), (33, [0, 0, 0])):
        assert weak_labels("make", "--minimum-pixels", str(pixels), "--output", f"{pixels}.csv") == 0
        weak = read_weak_labels(folder / f"{pixels}.csv", classes=CLASSES)
        assert [tags[1] for tags in weak.tags.values()] == cars


def test_only_names_of_images_pass(weak_labels, folder, capsys):
    (folder / "tags.csv").write_text("image,road\n0.png,1\n./1.png,1\n")
    assert weak_labels("check", "--tags", "tags.csv", "--images", "images/train") == 0
    (folder / "tags.csv").write_text("image,road\n0.png,1\nother/1.png,1\n")
    assert weak_labels("check", "--tags", "tags.csv", "--images", "images/train") == 3
    assert "row 3: image other/1.png is not there" in capsys.readouterr().err


def test_every_mistake_is_listed_and_the_first_is_the_error(weak_labels, folder, capsys):
    (folder / "tags.csv").write_text("image,road,car\n0.png,1,2\nnone.png,1,0\n../map.yaml,1,0\n1.png,1,0\n")
    (folder / "points.jsonl").write_text(
        '{"image": "1.png", "x": 1, "y": 1, "class": "car"}\n{"image": "0.png", "x": 16, "y": 1, "class": "road"}\n'
    )
    assert weak_labels("check", "--tags", "tags.csv", "--points", "points.jsonl", "--images", "images/train") == 3
    lines = capsys.readouterr().err.strip().splitlines()
    assert lines[-1].startswith("error: tags.csv row 2: `2` under car")
    for words in (
        "points.jsonl row 1: car is marked absent",
        "row 3: image none.png",
        "row 4: image ../map.yaml",
        "(16, 1)",
    ):
        assert any(words in line for line in lines), words
    assert all(len(line) <= 300 for line in lines)


@pytest.mark.parametrize(
    "action, flags, code",
    [
        ("chekc", [], 2),
        ("check", [], 2),
        ("check", ["--tags", "none.csv"], 3),
        ("make", ["--points", "-1", "--output", "t.csv"], 2),
        ("make", ["--minimum-area", "-1", "--output", "t.csv"], 2),
        ("make", ["--minimum-pixels", "0", "--output", "t.csv"], 2),
        ("make", ["--minimum-pixels", "9", "--minimum-area", "0.1", "--output", "t.csv"], 2),
        ("make", ["--images", "0", "--output", "t.csv"], 2),
        ("make", ["--output", "t.jsonl"], 2),
        ("make", ["--points", "1", "--places", "somewhere", "--output", "t.csv"], 2),
        ("make", ["--places", "anywhere", "--output", "t.csv"], 2),
        ("make", ["--per-image", "3", "--output", "t.csv"], 2),
        ("make", ["--places", "anywhere", "--per-image", "0", "--output", "t.csv"], 2),
        ("make", ["--places", "suggested", "--per-image", "3", "--output", "t.csv"], 2),
        ("make", ["--points", "1", "--model", "runs/a", "--output", "t.csv"], 2),
        ("make", ["--places", "suggested", "--model", "cache", "--per-image", "3", "--output", "t.csv"], 4),
        ("annotate", [], 2),
        ("annotate", ["--images", "images/train", "--suggest"], 2),
        ("annotate", ["--images", "images/train", "--model", "runs/a", "--suggest", "0"], 2),
        ("annotate", ["--images", "images/train", "--model", "runs/a", "--suggest", "many"], 2),
        ("annotate", ["--images", "images/train", "--order", "random"], 2),
        ("annotate", ["--images", "images/train", "--output", "tags.txt"], 2),
        ("annotate", ["--images", "nowhere"], 3),
        ("annotate", ["--images", "cache"], 3),
    ],
)
def test_mistakes_have_their_exit_codes(weak_labels, folder, capsys, action, flags, code):
    (folder / "cache").mkdir()
    assert weak_labels(action, *flags) == code
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
