"""The order of a domain: every sample once in an epoch, from memory or from files."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.core.errors import DataError
from keras_uda.data import drawing
from keras_uda.data.drawing import DrawnDomain
from keras_uda.data.drawing import position
from keras_uda.data.joined import join_domains
from keras_uda.data.pipeline import training_batches
from tests.data import making


@pytest.mark.parametrize("size", [1, 2, 37, 53])
def test_each_sample_comes_once_in_each_epoch(size):
    places = np.array([int(position(tf.constant(i, "int64"), size, 7)) for i in range(3 * size)]).reshape(3, size)
    for epoch in places:
        assert sorted(epoch) == list(range(size))
    if size > 2:
        assert not np.array_equal(places[0], places[1])


def test_source_and_target_of_one_size_come_in_different_orders_and_flips():
    first, second = ([int(position(tf.constant(i, "int64"), 53, stream)) for i in range(53)] for stream in (10, 11))
    assert np.mean(np.equal(first, second)) < 0.2


def names_of(domain, count):
    return [int(domain.draw(tf.constant(number, "int64"))[0]["weak"][0]) for number in range(count)]


@pytest.fixture
def ready(tmp_path):
    prepared = making.prepared(making.make_folder(tmp_path))
    return prepared.join("weak", {name: np.float32([row]) for row, name in enumerate(prepared.names)})


def test_samples_come_in_the_order_of_their_positions(ready, monkeypatch):
    expected = [int(position(tf.constant(number, "int64"), 8, 7)) for number in range(20)]
    assert names_of(DrawnDomain(ready, 7, 20), 20) == expected
    monkeypatch.setattr(drawing, "LARGEST_MEMORY", 0)
    assert names_of(DrawnDomain(ready, 7, 20), 20) == expected
    sample, required = DrawnDomain(ready, 7, 20).draw(tf.constant(0, "int64"))
    np.testing.assert_array_equal(sample["image"], making.picture(expected[0]))
    assert required is None


def test_a_few_draws_decode_no_more_than_they_need(ready):
    DrawnDomain(ready, 7, 3)
    assert not ready.memory
    DrawnDomain(ready, 7, 4)
    assert ready.memory


def test_a_domain_without_images_is_refused(ready):
    with pytest.raises(DataError, match="without images"):
        DrawnDomain(ready.take([]), 7, 4)


@pytest.fixture
def three(tmp_path):
    """Three domains of 8, 2 and 5 images; every sample has the number of its row."""
    parts = []
    for number, count in enumerate((8, 2, 5)):
        names = [f"{name:04d}" for name in range(count)]
        parts.append(making.prepared(making.make_folder(tmp_path / str(number), names, seed=10 * number)))
    joined = join_domains(parts, "abc", (0.5, 0.3, 0.2))
    return joined.join("weak", {name: np.float32([row]) for row, name in enumerate(joined.names)})


def test_several_domains_take_turns_by_their_shares_each_in_an_order_of_its_own(three):
    drawn = DrawnDomain(three, 7, 80)
    samples = [drawn.draw(tf.constant(number, "int64"))[0] for number in range(80)]
    rows, domains = np.array([int(s["weak"][0]) for s in samples]), np.array([int(s["domain"]) for s in samples])
    starts = np.array([0, 8, 10])
    assert all(starts[domain] <= row < [8, 10, 15][domain] for row, domain in zip(rows, domains, strict=True))
    assert [int((domains == number).sum()) for number in range(3)] == [40, 24, 16]
    for number, size in enumerate((8, 2, 5)):
        own = rows[domains == number] - starts[number]
        whole = len(own) // size * size
        assert all(sorted(epoch) == list(range(size)) for epoch in own[:whole].reshape(-1, size))
    np.testing.assert_array_equal(samples[3]["image"], making.picture(10 * domains[3] + rows[3] - starts[domains[3]]))


def test_the_order_of_several_domains_is_a_function_of_the_number_alone(three):
    assert names_of(DrawnDomain(three, 7, 20), 20) == names_of(DrawnDomain(three, 7, 999), 20)
    assert names_of(DrawnDomain(three, 7, 20), 20) != names_of(DrawnDomain(three, 8, 20), 20)


def test_batches_of_shares_that_are_not_round_are_a_function_of_seed_and_step(three):
    shares = np.array([0.337, 2**0.5, 0.0911])
    unround = dataclasses.replace(three, shares=tuple(shares))
    options = {"batch": 3, "seed": 5}
    whole = list(training_batches(None, unround, first_step=0, steps=40, **options))
    later = list(training_batches(None, unround, first_step=17, steps=5, **options))
    for one, other in zip(whole[17:22], later, strict=True):
        for key in ("image", "domain", "weak"):
            np.testing.assert_array_equal(one["target"][key], other["target"][key])
    domains = np.concatenate([batch["target"]["domain"] for batch in whole])
    so_far = np.cumsum(domains[:, None] == np.arange(3), axis=0)
    due = shares / shares.sum() * np.arange(1, 121)[:, None]
    assert np.abs(so_far - due).max() < 1


def test_a_sampler_draws_within_the_domain_whose_turn_it_is(three):
    drawn = DrawnDomain(three, 7, 20, ("rare_class", {"image_share": 0.0}))
    found = [drawn.draw(tf.constant(number, "int64")) for number in range(20)]
    domains = [int(sample["domain"]) for sample, _ in found]
    assert [domains.count(number) for number in range(3)] == [10, 6, 4]
    for sample, required in found:
        assert int(required.label) in np.unique(sample["label"])
