"""Random batches have the shapes and types of those that training reads, for everything that a method may read."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.method_spec import reads_of
from keras_uda.config.stage_schema import StageConfig
from keras_uda.data.domains import Domains
from keras_uda.data.ledger import LabelLedger
from keras_uda.data.pipeline import stage_batches
from keras_uda.data.random_batch import random_batch

STRIDE = 8
EVERYTHING = ("source", "target", "label", "pseudo_label", "soft_label", "distribution", "weak", "points", "border")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    source, target = DomainConfig("sim", size="52x36", frames=3), DomainConfig("street", size="44x28", frames=3)
    cache = str(tmp_path_factory.mktemp("cache"))
    target = dataclasses.replace(target, eval_frames=1)
    return DataConfig(source=source, target=target, batch=2, cache=cache)


@pytest.fixture(scope="module")
def read(data):
    """A batch of the pipeline with everything beside the target images."""
    domains, classes = Domains(data, LabelLedger()), len(data.classes)
    target = domains.labelled_target
    arrays = {
        "distribution": np.ones(classes, "float32"),
        "weak": np.ones(classes, "float32"),
        "points": np.zeros((classes, 3), "int32"),
        "soft_label": np.zeros((4, 6, classes), "uint16"),
    }
    for key, value in arrays.items():
        target = target.join(key, dict.fromkeys(target.names, value))
    target = target.join("pseudo_label", dict(zip(target.names, target.labels, strict=True)))
    return next(iter(stage_batches(data, domains.source, target, seed=0, border=True)(0, 1)))


def form_of(batch):
    return tf.nest.map_structure(lambda one: (np.asarray(one).shape, np.asarray(one).dtype), batch)


def test_a_random_batch_has_the_form_of_one_that_is_read(data, read):
    assert form_of(random_batch(EVERYTHING, data, STRIDE)) == form_of(read)


def test_crops_have_one_size_and_know_what_is_around_them(data):
    cropped = dataclasses.replace(data, crop="32x16", zoom=1.0)
    domains = Domains(cropped, LabelLedger())
    read = next(iter(stage_batches(cropped, domains.source, domains.target, seed=0, border=True)(0, 1)))
    wanted = random_batch(("source", "target", "border"), cropped, STRIDE)
    assert form_of(wanted) == form_of(read) and read["source"]["image"].shape == (2, 16, 32, 3)
    border = np.asarray(read["target"]["border"])
    assert (border >= 0).all() and (border[:, :2].sum(1) == 28 - 16).all() and (border[:, 2:].sum(1) == 44 - 32).all()


LABELLED = {"image", "label"}


@pytest.mark.parametrize(
    ("method", "arguments", "source", "target"),
    [
        ("source_only", {}, LABELLED, None),
        ("adabn", {}, None, {"image"}),
        ("oracle", {}, None, LABELLED),
        ("advent", {}, LABELLED, {"image"}),
        ("cbst", {"soft_labels": True}, LABELLED, {"image", "pseudo_label", "soft_label"}),
        ("weaklabel", {"weak": "point"}, LABELLED, {"image", "weak", "points"}),
    ],
)
def test_it_holds_what_a_stage_reads(data, method, arguments, source, target):
    batch = random_batch(reads_of(StageConfig(method, arguments=arguments)), data, STRIDE)
    assert all(set(batch.get(side, {})) == (keys or set()) for side, keys in (("source", source), ("target", target)))


@pytest.mark.parametrize(("stride", "size"), [(4, (7, 11)), (8, (4, 6)), (32, (1, 2))])
def test_soft_labels_have_the_stride_of_the_segmenter(data, stride, size):
    batch = random_batch(("target", "soft_label"), data, stride)
    assert batch["target"]["soft_label"].shape[1:3] == size


def test_its_values_can_be_meant(data):
    target = random_batch(EVERYTHING, data, STRIDE)["target"]
    assert target["label"].max() < len(data.classes) and set(np.unique(target["weak"])) <= {0.0, 1.0}
    np.testing.assert_allclose(target["distribution"].sum(axis=-1), 1, rtol=1e-5)
    assert (target["points"] >= 0).all() and (target["points"] < (28, 44, len(data.classes))).all()
