"""Batches depend on (seed, domain, step) only; decoding equals the readers; nothing is lost or shifted on the way."""

import importlib
import sys
import time

import numpy as np
import pytest
import tensorflow as tf

from keras_uda import augment
from keras_uda.config import names
from keras_uda.config.data_schema import DomainConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.data import drawing
from keras_uda.data import samplers
from keras_uda.data.cache.label_pixels import label_pixels
from keras_uda.data.cache.prepare import prepare
from keras_uda.data.decoding import evaluation_frames
from keras_uda.data.domain import open_domain
from keras_uda.data.ledger import LabelLedger
from keras_uda.data.pipeline import Changes
from keras_uda.data.pipeline import training_batches
from tests.data import making

SMALL = (32, 24)


@pytest.fixture(scope="module")
def domains(tmp_path_factory):
    """Source of 37 and target of 53 frames, as in the fault test of data order."""
    cache = str(tmp_path_factory.mktemp("worlds"))
    made = []
    for name, frames in (("sim", 37), ("street", 53)):
        domain = open_domain(DomainConfig(name=name, frames=frames), CITYSCAPES, "train")
        made.append(prepare(domain, SMALL, cache, labels=name == "sim"))
    return made


def batches(source, target, first=0, steps=6, seed=5, batch=4, partner=None, **options):
    options = {"batch": batch, "seed": seed, "changes": Changes(**options), "partner": partner}
    dataset = training_batches(source, target, first_step=first, steps=steps, **options)
    return [tf.nest.map_structure(lambda t: t.numpy(), element) for element in dataset]


def assert_same(first, second):
    for one, other in zip(first, second, strict=True):
        tf.nest.map_structure(np.testing.assert_array_equal, one, other)


EVERYTHING = {
    "zoom": 1.5,
    "jitter": 0.3,
    "transforms": (("lab", {"chance": 0.5}),),
    "sampler": ("rare_class", {"temperature": 0.2}),
}


def test_the_batch_has_the_promised_form(domains):
    (batch,) = batches(*domains, steps=1)
    assert batch.keys() == {"source", "target"}
    assert batch["source"].keys() == {"image", "label"} and batch["target"].keys() == {"image"}
    assert batch["source"]["image"].shape == (4, 24, 32, 3) and batch["source"]["label"].shape == (4, 24, 32)
    assert all(array.dtype == np.uint8 for side in batch.values() for array in side.values())


@pytest.mark.slow
@pytest.mark.ci
def test_an_interrupted_sequence_goes_on_exactly(domains):
    for stop, end, changes in ((1, 9, {"zoom": 1.5, "jitter": 0.3}), (17, 22, EVERYTHING)):
        whole = batches(*domains, steps=end, **changes)
        assert_same(whole[stop:], batches(*domains, first=stop, steps=end - stop, **changes))


def test_reading_from_files_equals_reading_from_memory(domains, monkeypatch):
    held = batches(*domains, steps=20, **EVERYTHING)
    monkeypatch.setattr(drawing, "LARGEST_MEMORY", 0)
    assert_same(held, batches(*domains, steps=20, **EVERYTHING))


@pytest.fixture
def table_entries(tmp_path, monkeypatch):
    """(package, table, name, source) -> an entry that exists only in the test: a file and a line in the table."""

    def add(package, table, name, attribute, source):
        (tmp_path / f"{name}.py").write_text(source)
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
        monkeypatch.setitem(table, name, f"{name}.{attribute}")
        monkeypatch.delitem(sys.modules, f"{package.__name__}.{name}", raising=False)
        importlib.invalidate_caches()

    return add


SHOW_PARTNER = """
import tensorflow as tf

def show_partner(sample, partner, seed, *, add: int = 0):
    noise = tf.random.stateless_uniform([], seed, 0, 256, dtype="int32")
    label = tf.zeros_like(sample["label"]) + tf.cast(noise, "uint8")
    return {**sample, "image": partner["image"] + tf.cast(add, "uint8"), "label": label}
"""
PLAIN = {"flip": False, "zoom": 1.0}


@pytest.fixture
def show_partner(table_entries):
    table_entries(augment, names.TRANSFORMS, "show_partner", "show_partner", SHOW_PARTNER)
    return ("show_partner", {"add": 1})


def test_a_transform_gets_the_target_image_of_the_same_number(domains, show_partner):
    source, target = domains
    found = batches(source, target, transforms=(show_partner,), **PLAIN)
    for batch in found:
        np.testing.assert_array_equal(batch["source"]["image"], batch["target"]["image"] + np.uint8(1))
    plain = batches(source, target, **PLAIN)
    assert_same([b["target"] for b in found], [b["target"] for b in plain])
    alone = batches(source, None, transforms=(show_partner,), partner=target, **PLAIN)
    assert_same([b["source"] for b in alone], [b["source"] for b in found])
    assert alone[0].keys() == {"source"}
    with pytest.raises(ValueError, match="Transforms look at target images"):
        batches(source, None, transforms=(show_partner,))
    assert_same(batches(None, target, transforms=(show_partner,)), batches(None, target))


def test_transforms_act_in_order_and_draw_apart_from_each_other(domains, show_partner):
    both = batches(*domains, transforms=(("lab", {}), show_partner), **PLAIN)
    alone = batches(*domains, transforms=(show_partner,), **PLAIN)
    assert_same(both, alone)  # what `lab` did is gone, and it changed nothing of the draws
    other = batches(*domains, transforms=(show_partner, ("lab", {})), **PLAIN)
    assert not np.array_equal(other[0]["source"]["image"], alone[0]["source"]["image"])
    drawn = np.concatenate([b["source"]["label"][:, 0, 0] for b in alone])
    assert len(set(drawn)) > 15  # of 24 samples: each has a seed of its own


def test_transforms_come_before_the_augmentation(domains, show_partner):
    (batch,) = batches(*domains, steps=1, batch=16, transforms=(("show_partner", {}),))
    same = [np.array_equal(a, b) for a, b in zip(batch["source"]["image"], batch["target"]["image"], strict=True)]
    mirrored = [
        np.array_equal(a, b[:, ::-1]) for a, b in zip(batch["source"]["image"], batch["target"]["image"], strict=True)
    ]
    assert all(a or b for a, b in zip(same, mirrored, strict=True)) and any(same) and any(mirrored)


EVERY_THIRD = """
import tensorflow as tf
from keras_uda.data.samplers.sampler import Sampler

class EveryThird(Sampler):
    def __init__(self, *, first: int = 0):
        self.first = first

    def drawing(self, source):
        rows = tf.range(self.first, len(source), 3, dtype="int64")
        return lambda seed: (rows[tf.random.stateless_uniform([], seed, 0, len(rows), dtype="int32")], None)
"""


def test_a_sampler_says_which_source_images_come(domains, table_entries):
    table_entries(samplers, names.SAMPLERS, "every_third", "EveryThird", EVERY_THIRD)
    source, target = domains
    rows = source.join("weak", {name: np.float32([row]) for row, name in enumerate(source.names)})
    found = batches(rows, target, steps=30, sampler=("every_third", {"first": 1}))
    drawn = np.concatenate([batch["source"]["weak"][:, 0] for batch in found])
    assert set(drawn) == set(range(1, 37, 3))
    assert_same([b["target"] for b in found], [b["target"] for b in batches(rows, target, steps=30)])
    again = batches(rows, target, first=7, steps=23, sampler=("every_third", {"first": 1}))
    assert_same(found[7:], again)


def test_rare_classes_come_more_often_and_larger(domains):
    def shares(**options):
        found = batches(*domains, steps=40, zoom=3.0, **options)
        return np.mean([np.bincount(b["source"]["label"].ravel(), minlength=256) for b in found], axis=0)

    pixels = label_pixels(domains[0])[:, :255].sum(axis=0)
    rare = np.argmin(np.where(pixels > 0, pixels, np.inf))
    plain, helped = shares(), shares(sampler=("rare_class", {"image_share": 0.001, "crop_share": 0.002}))
    assert helped[rare] > 2 * plain[rare] > 0


def test_the_order_of_a_domain_depends_on_nothing_else(domains):
    source, target = domains
    alone = batches(None, target)
    assert_same([b["target"] for b in batches(source, target)], [b["target"] for b in alone])
    assert_same([b["source"] for b in batches(source, target)], [b["source"] for b in batches(source, None)])
    other = batches(source, target, seed=6)
    assert not np.array_equal(other[0]["target"]["image"], alone[0]["target"]["image"])


def test_labels_stay_with_their_images(tmp_path):
    for number in range(12):
        making.save(tmp_path / "images" / f"{number}.png", np.full((24, 32, 3), number * 20, np.uint8))
        making.save(tmp_path / "labels" / f"{number}.png", np.full((24, 32), number, np.uint8))
    ready = making.prepared(tmp_path, size=SMALL)
    weak = {name: np.float32([int(name.removesuffix(".png"))]) for name in ready.names}
    pseudo = dict(zip(ready.names, ready.labels, strict=True))
    joined = ready.join("weak", weak).join("pseudo_label", pseudo)
    for batch in batches(None, joined, steps=8, batch=3):
        target = batch["target"]
        number = target["image"][:, 0, 0, 0] // 20
        for key in ("label", "pseudo_label"):
            np.testing.assert_array_equal(target[key][:, 5, 5], number)
        np.testing.assert_array_equal(target["weak"][:, 0], number)


def test_odd_names_reach_tensorflow(tmp_path):
    root = making.make_folder(tmp_path / "straße [1]*?", [*making.ODD_NAMES, "ö" * 120])
    ready = making.prepared(root, size=SMALL)
    assert len(batches(ready, None, steps=2)) == 2
    assert len(list(evaluation_frames(making.prepared(root, size=SMALL, purpose="evaluation")))) == 7


def test_unsupervised_training_never_needs_target_labels(tmp_path):
    root = making.make_folder(tmp_path)
    for path in (root / "labels/train").iterdir():
        path.write_bytes(b"no label at all")
    target = making.prepared(root, size=SMALL, labels=False, ledger=LabelLedger())
    assert batches(None, target, steps=3)[0]["target"].keys() == {"image"}


def test_misuse_is_told(domains, tmp_path):
    with pytest.raises(ValueError, match="Neither"):
        training_batches(None, None, batch=1, seed=0, first_step=0, steps=1)
    scoring = making.prepared(making.make_folder(tmp_path), purpose="evaluation")
    with pytest.raises(ValueError, match="for evaluation"):
        training_batches(scoring, None, batch=1, seed=0, first_step=0, steps=1)


def test_one_image_is_enough(tmp_path):
    ready = making.prepared(making.make_folder(tmp_path, ["only"]), size=SMALL)
    assert batches(ready, None, steps=3, batch=4)[0]["source"]["image"].shape[0] == 4


def test_the_pipeline_outruns_the_step(domains):
    for _ in training_batches(*domains, batch=4, seed=0, first_step=0, steps=20):
        pass
    began = time.monotonic()
    for _ in training_batches(*domains, batch=4, seed=0, first_step=0, steps=100):
        pass
    assert (time.monotonic() - began) / 100 < 0.1  # a step of the default network takes 0.3 s


def test_no_python_runs_in_the_pipeline(domains):
    changes = Changes(zoom=1.5, jitter=0.5, transforms=(("lab", {"chance": 0.5}),), sampler=("rare_class", {}))
    dataset = training_batches(*domains, batch=4, seed=0, first_step=0, steps=2, changes=changes)
    graph = dataset._as_serialized_graph().numpy()
    assert b"PyFunc" not in graph and b"RandomIndexShuffle" in graph
