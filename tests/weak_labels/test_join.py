"""Weak labels beside the target images: from files, from full labels, and what is refused."""

import dataclasses
import shutil

import numpy as np
import pytest
from PIL import Image

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.data_schema import SharedDomainConfig
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.data.domains import Domains
from keras_uda.data.ledger import LabelLedger
from keras_uda.data.pipeline import training_batches
from keras_uda.weak_labels.join import full_labels
from keras_uda.weak_labels.join import with_weak_labels

CLASSES = ("road", "car", "sky")
NAMES = [f"{number}.png" for number in range(4)]


@pytest.fixture
def data(tmp_path):
    """Four frames of 16x12: sky above road, a car of one pixel in the first; the network sees 8x6."""
    for number, name in enumerate(NAMES):
        label = np.repeat([[2], [0]], 6, axis=0) * np.ones((12, 16), int)
        label[7, 3] = 1 if number == 0 else 0
        for kind, pixels in (("images", np.full((12, 16, 3), 60 * number, "uint8")), ("labels", label.astype("uint8"))):
            (tmp_path / kind / "train").mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(tmp_path / kind / "train" / name)
    domain = DomainConfig(
        "folder", root=str(tmp_path), size="8x6", class_map={"classes": {"road": [0], "car": [1], "sky": [2]}}
    )
    return DataConfig(source=domain, target=domain, classes=CLASSES, cache=str(tmp_path / "cache"))


def prepared(data, kind="oracle", **changes):
    data, ledger = dataclasses.replace(data, **changes), LabelLedger()
    target, weak = with_weak_labels(Domains(data, ledger).target, data, ledger, seed=1, kind=kind)
    return target, weak, ledger


def test_derived_labels_use_the_stored_size(data):
    target, weak, ledger = prepared(data)
    np.testing.assert_array_equal(target.extras["weak"], [[1, 1, 1], [1, 0, 1], [1, 0, 1], [1, 0, 1]])
    assert [point[:3] for point in weak.points["0.png"] if point.name == "car"] == [(3, 7, "car")]
    assert [3, 1, 1] in target.extras["points"][0].tolist()  # row 7 of 12 and column 3 of 16, seen at 8x6
    assert ledger.purposes == ["weak labels"]


def test_a_budget_leaves_the_other_images_unknown(data):
    target, weak, _ = prepared(data, weak_images=1)
    assert sorted((target.extras["weak"] >= 0).all(axis=1).tolist()) == [False, False, False, True]
    assert len(weak.images()) == 1


def test_a_file_says_what_is_trained_on(data, tmp_path):
    file = tmp_path / "tags.csv"
    file.write_text("image,sky,road\n1.png,0,\nelsewhere.png,1,1\n")
    (tmp_path / "tags.points.jsonl").write_text('{"image": "2.png", "x": 15, "y": 11, "class": "car"}\n')
    target, _, ledger = prepared(data, weak_labels=str(file))
    np.testing.assert_array_equal(target.extras["weak"], [[-1, -1, -1], [-1, -1, 0], [-1, 1, -1], [-1, -1, -1]])
    np.testing.assert_array_equal(target.extras["points"][2], [[5, 7, 1]])
    assert ledger.counts() == {"weak labels": 0}


def test_points_alone(data, tmp_path):
    (tmp_path / "p.jsonl").write_text('{"image": "2.png", "x": 0, "y": 0, "class": "sky"}\n')
    target, _, _ = prepared(data, weak_labels=str(tmp_path / "p.jsonl"))
    np.testing.assert_array_equal(target.extras["weak"][2], [-1, -1, 1])


@pytest.mark.parametrize(
    "name, text, error, words",
    [
        ("tags.csv", "image,road\nelsewhere.png,1\n", DataError, "Write names as in 0.png"),
        ("tags.csv", "image,raod\n0.png,1\n", DataError, "road"),
        ("p.jsonl", '{"image": "2.png", "x": 16, "y": 0, "class": "sky"}\n', DataError, "outside 2.png of 16x12"),
        ("tags.txt", "", UsageError, "neither"),
    ],
)
def test_files_that_cannot_be_used(data, tmp_path, name, text, error, words):
    (tmp_path / name).write_text(text)
    with pytest.raises(error, match=words):
        prepared(data, weak_labels=str(tmp_path / name))


@pytest.mark.parametrize(
    "text, kind, words",
    [
        (
            "image,road\n0.png,1\n",
            "point",
            "holds no point of an image to train on. Put points into .*tags.points.jsonl",
        ),
        ("image,road,car\n0.png,,\n1.png,,\n", "oracle", "says nothing about any image"),
    ],
)
def test_a_run_is_not_called_what_it_is_not(data, tmp_path, text, kind, words):
    (tmp_path / "tags.csv").write_text(text)
    with pytest.raises(DataError, match=words):
        prepared(data, kind, weak_labels=str(tmp_path / "tags.csv"))


def test_no_points_can_be_asked_for_but_not_trained_on(data):
    with pytest.raises(DataError, match="data.weak_points"):
        prepared(data, "point", weak_points=0)


def test_mistakes_of_points_alone_name_their_file(data, tmp_path):
    (tmp_path / "alone.jsonl").write_text('{"image": "2.png", "x": 99, "y": 0, "class": "sky"}\n')
    with pytest.raises(DataError, match=r"alone.jsonl row 1"):
        prepared(data, weak_labels=str(tmp_path / "alone.jsonl"))


def test_labels_are_derived_for_the_images_that_are_trained_on_without_labels(data):
    some = Domains(data, LabelLedger()).target.take([1, 3])
    target, weak = with_weak_labels(some, data, LabelLedger(), seed=1, kind="point")
    assert weak.images() == target.names == ["1.png", "3.png"] and target.extras["points"].shape == (2, 2, 3)


def test_batches_hold_tags_and_points_that_mirror_with_the_image(data):
    target, _, _ = prepared(data)
    source = Domains(data, LabelLedger()).source
    batches = training_batches(source, target, batch=2, seed=0, first_step=0, steps=20)
    columns = set()
    for batch in batches:
        assert batch["target"]["weak"].shape == (2, 3) and batch["target"]["points"].shape == (2, 3, 3)
        assert "label" not in batch["target"]
        columns |= {int(c) for r, c, name in batch["target"]["points"].numpy().reshape(-1, 3) if name == 1}
    assert columns == {1, 6}


@pytest.fixture
def several(data, tmp_path):
    """The target above, and its frames in another folder, `other`, without labels."""
    shutil.copytree(tmp_path / "images", tmp_path / "other" / "images")
    one = SharedDomainConfig("folder", root=data.target.root, size="8x6", class_map=data.target.class_map)
    other = SharedDomainConfig("folder", root=str(tmp_path / "other"), size="8x6")
    return lambda **more: dataclasses.replace(data, targets=(one, dataclasses.replace(other, **more)))


def test_each_target_has_its_own_weak_labels(data, several, tmp_path):
    (tmp_path / "tags.csv").write_text("image,sky,road\n1.png,0,\n")
    (tmp_path / "tags.points.jsonl").write_text('{"image": "2.png", "x": 15, "y": 11, "class": "car"}\n')
    target, weak, ledger = prepared(several(weak_labels=str(tmp_path / "tags.csv")), "point")
    first = tmp_path.name
    assert target.names == [f"{first}/{name}" for name in NAMES] + [f"other/{name}" for name in NAMES]
    expected = [[1, 1, 1], [1, 0, 1], [1, 0, 1], [1, 0, 1], [-1, -1, -1], [-1, -1, 0], [-1, 1, -1], [-1, -1, -1]]
    np.testing.assert_array_equal(target.extras["weak"], expected)
    alone, _, _ = prepared(data, "point")
    np.testing.assert_array_equal(target.extras["points"][:4], alone.extras["points"])
    np.testing.assert_array_equal(target.extras["points"][6], [[5, 7, 1], [-1] * 3, [-1] * 3])
    assert weak.images() == sorted([*target.names[:4], "other/1.png", "other/2.png"])
    assert ledger.purposes == ["weak labels"]


def test_nothing_may_be_known_of_a_target(several):
    target, weak, _ = prepared(several(weak_labels="none"), "point")
    assert (target.extras["weak"][4:] == -1).all() and (target.extras["points"][4:] == -1).all()
    assert (target.extras["weak"][:4, 0] == 1).all() and len(weak.images()) == 4


def test_a_budget_is_of_all_targets_together(several, tmp_path):
    rows = "".join(f"{name},1\n" for name in NAMES)
    (tmp_path / "tags.csv").write_text(f"image,road\n{rows}")
    labels = {"weak_labels": str(tmp_path / "tags.csv")}
    kept = [set(prepared(several(**labels), weak_images=count)[1].images()) for count in (3, 6)]
    assert [len(one) for one in kept] == [3, 6] and kept[0] < kept[1]
    assert len({name.partition("/")[0] for name in kept[1]}) == 2


@pytest.mark.parametrize(
    "more, error, words",
    [
        ({}, DataError, "no labels to derive weak labels from. Give tags with --data.targets.1.weak_labels FILE"),
        ({"weak_labels": "tags.txt"}, UsageError, "data.targets.1.weak_labels: tags.txt is neither .csv nor .jsonl"),
        ({"weak_labels": "away.csv"}, DataError, "away.csv: .*no such file"),
    ],
)
def test_a_mistake_of_a_target_names_its_key(several, more, error, words):
    with pytest.raises(error, match=words):
        prepared(several(**more))


def test_weak_labels_are_made_of_one_target(several):
    with pytest.raises(UsageError, match="data.targets: 2 of them: weak labels are made of one"):
        full_labels(several())
