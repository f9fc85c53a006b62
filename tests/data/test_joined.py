"""Several domains as one: names, domains and shares of the samples, and whose turn it is."""

import numpy as np
import pytest

from keras_uda.core.errors import UsageError
from keras_uda.data.joined import DOMAIN
from keras_uda.data.joined import join_domains
from keras_uda.data.joined import rows_of_domains
from keras_uda.data.joined import turns
from keras_uda.data.joined import weights_of_rows
from keras_uda.data.prepared import Prepared


def part(count: int, name: str, labels: bool = True, size=(8, 4)) -> Prepared:
    files = [f"{name}{number}.png" for number in range(count)]
    return Prepared(list(files), [f"l{file}" for file in files] if labels else None, files, size, digests=list(files))


def test_samples_know_their_domain_and_have_its_label_before_their_name():
    joined = join_domains([part(2, "a"), part(3, "a"), part(1, "c")], ["sim", "sim-2", "folder"], [1, 2, 3])
    assert joined.names == ["sim/a0.png", "sim/a1.png", "sim-2/a0.png", "sim-2/a1.png", "sim-2/a2.png", "folder/c0.png"]
    assert joined.images[2:4] == ["a0.png", "a1.png"] and joined.labels[-1] == "lc0.png"
    np.testing.assert_array_equal(joined.extras[DOMAIN], [0, 0, 1, 1, 1, 2])
    assert joined.shares == (1, 2, 3) and joined.digests == joined.images


def test_rows_of_domains_are_found_after_some_were_taken():
    joined = join_domains([part(2, "a"), part(3, "b"), part(2, "c")], "abc", [1, 2, 3]).take([6, 1, 5])
    rows, shares = rows_of_domains(joined)
    assert [list(one) for one in rows] == [[1], [0, 2]] and shares == [1, 3]


def test_a_domain_that_is_left_out_leaves_the_numbers_of_the_others():
    joined = join_domains([part(1, "a"), part(1, "c")], "ac", [1, 2, 3], numbers=[0, 2])
    assert list(joined.extras[DOMAIN]) == [0, 2] and rows_of_domains(joined)[1] == [1, 3]


def test_images_of_small_domains_weigh_more():
    joined = join_domains([part(4, "a"), part(1, "b")], "ab", [1, 1])
    np.testing.assert_allclose(weights_of_rows(joined), [0.625] * 4 + [2.5])


def test_without_labels_and_two_sizes():
    assert join_domains([part(1, "a", False), part(1, "b", False)], "ab", [1, 1]).labels is None
    with pytest.raises(UsageError, match="in one batch"):
        join_domains([part(1, "a"), part(1, "b", size=(4, 4))], "ab", [1, 1])


@pytest.mark.parametrize(
    ("shares", "counts"),
    [
        ((1, 1), [1, 1]),
        ((0.5, 0.3, 0.2), [5, 3, 2]),
        ((3, 1), [3, 1]),
        ((2 / 3, 1 / 3), [2, 1]),
        ((0.7, 0.2, 0.1), [7, 2, 1]),
        ((999, 1), [999, 1]),
        ((1e5, 1), [1000, 1]),
    ],
)
def test_every_domain_comes_as_often_as_its_share(shares, counts):
    order, before, of_each = turns(shares)
    assert list(of_each) == counts and len(order) == sum(counts)
    for number, count in enumerate(counts):
        assert list(before[order == number]) == list(range(count))


def test_turns_are_spread_evenly():
    order, _, _ = turns((0.5, 0.3, 0.2))
    for number, share in enumerate((0.5, 0.3, 0.2)):
        so_far = np.cumsum(order == number)
        assert np.abs(so_far - share * np.arange(1, 11)).max() < 1
