"""A run goes on as it began, or says which key is another."""

import dataclasses

import pytest

from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.stage_schema import OptimizerConfig
from keras_uda.config.stored import read_run_config
from keras_uda.config.stored import to_dict
from keras_uda.core.errors import UsageError
from keras_uda.core.strict_yaml import dump_yaml
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.resume import require_same_config
from keras_uda.runs.resume import require_same_selection
from tests.stages import make_stage


@pytest.fixture
def run(tmp_path):
    """Of a run that has begun to train."""
    (tmp_path / "stages").mkdir()
    (tmp_path / "config.yaml").write_text(dump_yaml(to_dict(make_stage(tmp_path).run)))
    return read_run_config(tmp_path)


def changed(run, **data):
    return dataclasses.replace(run, seed=7, data=dataclasses.replace(run.data, **data))


def test_the_same_configuration_goes_on(tmp_path, run):
    require_same_config(RunFolder(tmp_path), run)


def test_the_first_key_that_differs_is_named_with_both_values(tmp_path, run):
    with pytest.raises(UsageError, match="seed: 7 now, 0 when .* was started.*--allow-config-change seed"):
        require_same_config(RunFolder(tmp_path), changed(run))


def test_keys_that_may_differ_are_listed(tmp_path, run):
    require_same_config(RunFolder(tmp_path), changed(run, batch=9), "seed, data.batch")
    with pytest.raises(UsageError, match="data.batch: 9 now"):
        require_same_config(RunFolder(tmp_path), changed(run, batch=9), "seed")


@pytest.mark.parametrize(
    ("key", "old", "new", "change"),
    [
        ("data.batch", "4", "9", {"batch": 9}),
        ("data.crop", "null", '"64x48"', {"crop": "64x48"}),
        ("data.classes", '["road", "car"]', '["road", "sky"]', {"classes": ("road", "sky")}),
        ("data.target.exclude", "null", '"bad.txt"', {"target": DomainConfig(name="street", exclude="bad.txt")}),
        ("data.source.frames", "800", "9", {"source": DomainConfig(frames=9)}),
    ],
)
def test_whatever_decides_the_result_may_not_change_unsaid(tmp_path, run, key, old, new, change):
    other = dataclasses.replace(run, data=dataclasses.replace(run.data, **change))
    with pytest.raises(UsageError) as refusal:
        require_same_config(RunFolder(tmp_path), other)
    assert f"{key}: {new} now, {old} when {tmp_path} was started" in str(refusal.value)
    require_same_config(RunFolder(tmp_path), other, key)


def test_another_optimizer_is_named(tmp_path, run):
    other = dataclasses.replace(run, optimizers={"segmenter": OptimizerConfig("sgd", 0.1)})
    with pytest.raises(UsageError, match="--allow-config-change optimizers"):
        require_same_config(RunFolder(tmp_path), other)


def test_a_run_that_never_trained_may_be_corrected(tmp_path, run):
    (tmp_path / "stages").rmdir()
    require_same_config(RunFolder(tmp_path), changed(run))


def test_checkpoints_are_kept_from_the_beginning_or_not_at_all(tmp_path, run):
    folder = RunFolder(tmp_path)
    require_same_selection(folder, None)
    with pytest.raises(UsageError, match="density now, None when"):
        require_same_selection(folder, "density")
    folder.update_record(select="density")
    require_same_selection(folder, "density")
