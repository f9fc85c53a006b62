"""A configuration of a run folder is the one that was trained."""

import os

import pytest

from keras_uda.config.stored import differences
from keras_uda.config.stored import from_dict
from keras_uda.config.stored import read_run_config
from keras_uda.config.stored import to_dict
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.core.strict_yaml import dump_yaml
from tests.config.helpers import parse


@pytest.mark.parametrize("method", ["advent", "cbst", "proda", "weaklabel"])
def test_what_is_written_is_read(tmp_path, method):
    flags = ["--add-ons", "entropy", "--data.transforms.lab.chance", "0.25"] if method == "advent" else []
    run = parse("--method", method, "--data.target.class_map", "{ids: {0: road}}", *flags)
    assert from_dict(to_dict(run)) == run
    (tmp_path / "config.yaml").write_text(dump_yaml(to_dict(run)))
    assert read_run_config(tmp_path) == run


def test_folders_without_one_and_damaged_ones_are_told_apart(tmp_path):
    with pytest.raises(UsageError, match="not a run folder"):
        read_run_config(tmp_path)
    (tmp_path / "config.yaml").write_text("method: advent\nseed: [1\n")
    with pytest.raises(ArtefactError, match=r"config.yaml:\d"):
        read_run_config(tmp_path)


def test_differences_name_the_keys_at_any_depth():
    old = {"a": 1, "b": {"c": 2, "d": 3}}
    assert differences(old, {"a": 1, "b": {"c": 5}, "e": 6}) == [("b.c", 2, 5), ("b.d", 3, None), ("e", None, 6)]


def test_a_pipe_in_place_of_a_configuration_is_named(tmp_path):
    with pytest.raises(UsageError, match="no config.yaml"):
        read_run_config(tmp_path)
    os.mkfifo(tmp_path / "config.yaml")
    with pytest.raises(ArtefactError, match="config.yaml: a pipe, not a regular file"):
        read_run_config(tmp_path)
