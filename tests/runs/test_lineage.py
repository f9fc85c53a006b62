"""What a run that goes on from another knows of it."""

import pytest

from keras_uda.config.stored import to_dict
from keras_uda.core.errors import UsageError
from keras_uda.core.strict_yaml import dump_yaml
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.lineage import origin_of
from keras_uda.runs.lineage import weights_of
from keras_uda.runs.lineage import whole_run
from keras_uda.runs.stage import stages_of
from tests.training.test_run import parsed


def finished(path, *flags, **record) -> RunFolder:
    folder = RunFolder(path)
    path.mkdir(parents=True)
    (path / "config.yaml").write_text(dump_yaml(to_dict(parsed(*flags))))
    folder.update_record(status="finished", **record)
    return folder


def test_steps_and_weights_of_all_runs_before_are_known(tmp_path):
    first = finished(tmp_path / "first", "--method", "minent", "--steps", "300")
    origin = origin_of(first)
    assert origin == {"run": str(first.path), "weights": "imagenet", "steps": 300, "source_steps": 300}
    flags = "--method", "minent", "--steps", "200", "--segmenter.weights", str(first.path)
    second = finished(tmp_path / "second", *flags, continues=origin)
    assert origin_of(second) == {"run": str(second.path), "weights": "imagenet", "steps": 500, "source_steps": 500}


def test_baselines_have_as_many_source_batches_as_all_runs_together(tmp_path):
    run = parsed("--method", "minent", "--steps", "200", "--segmenter.weights", "runs/first")
    record = {"continues": {"run": "runs/first", "weights": "imagenet", "steps": 400, "source_steps": 300}}
    whole = whole_run(run, record)
    assert (whole.source_steps, whole.segmenter.weights) == (500, "imagenet") and whole_run(run, {}) is run


def test_the_order_of_the_data_goes_on(tmp_path):
    folder = finished(tmp_path / "a", "--method", "cbst", continues={"steps": 300, "source_steps": 300})
    run = parsed("--method", "cbst", "--steps", "5")
    assert [stage.steps_before for stage in stages_of(run, folder)][:3] == [300, 305, 310]


def test_it_starts_from_what_was_trained(tmp_path):
    folder = finished(tmp_path / "a", "--method", "minent")
    assert weights_of(folder) == folder.path
    folder.update_record(kept="source_only")
    (folder / "stages" / "0_adapt").mkdir(parents=True)
    (folder / "stages" / "0_adapt" / "segmenter.json").touch()
    assert weights_of(folder) == folder / "stages" / "0_adapt"
    folder.update_record(status="interrupted")
    with pytest.raises(UsageError, match="is not a finished run"):
        weights_of(folder)
