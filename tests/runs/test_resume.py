"""A run goes on as it began, or says which key is another."""

import dataclasses

import pytest

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
