"""The rows of `benchmark methods`."""

import pytest

from keras_uda.commands.benchmark_methods import chosen_rows
from keras_uda.commands.benchmark_methods import with_longer_baselines
from keras_uda.config.names import RUN_METHODS
from keras_uda.core.errors import UsageError


def test_weak_labels_have_a_row_of_each_kind():
    names = [row.name for row in chosen_rows(None, None)]
    assert {"weaklabel_pseudo", "weaklabel_oracle", "weaklabel_point"} | set(RUN_METHODS) - {"weaklabel"} == set(names)
    (row,) = chosen_rows(["weaklabel:point"], None)
    assert row.name == "weaklabel_point" and row.flags == ("--weak", "point")


@pytest.mark.parametrize(
    ("methods", "configs", "message"),
    [
        (["advnt"], None, "advent"),
        (["advent:point"], None, "advent has no kinds"),
        (["weaklabel:points"], None, "point"),
        (None, ["no/such.yaml"], "no such configuration"),
        (["advent", "advent"], None, "two rows"),
    ],
)
def test_what_cannot_be_meant_is_refused(methods, configs, message):
    with pytest.raises(UsageError, match=message):
        chosen_rows(methods, configs)


def test_baselines_are_added_for_rows_that_train_longer():
    names = [row.name for row in with_longer_baselines(chosen_rows(["source_only", "minent", "cbst"], None), [])]
    assert names == ["source_only", "minent", "cbst", "source_only@600"]
    assert len(with_longer_baselines(chosen_rows(["minent", "cbst"], None), [])) == 2
