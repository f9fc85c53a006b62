"""The flags of `weak-labels budget`."""

import pytest

from keras_uda.commands.budget import budget
from keras_uda.commands.budget import numbers
from keras_uda.core.errors import UsageError


def test_lists_of_numbers():
    assert numbers("100, 0,25", "--budgets") == [0, 25, 100]
    for text in ("", "1,x", "-5,3"):
        with pytest.raises(UsageError, match="--budgets"):
            numbers(text, "--budgets")


def test_pseudo_tags_cost_nothing_to_draw():
    with pytest.raises(UsageError, match="needs no tagging"):
        budget(["--weak", "pseudo"])
