"""`adapt` in Python: the configuration of a call, and what is trained."""

import json

import numpy as np
import pytest

import keras_uda
from keras_uda.api.options import configured
from keras_uda.api.options import text_of
from keras_uda.api.run import Run
from keras_uda.core.errors import UsageError
from keras_uda.runs.folder import RunFolder
from keras_uda.segmenters.build import load_segmenter
from tests.training.test_run import parsed


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """What would be trained: (configuration, folder, options)."""
    monkeypatch.chdir(tmp_path)
    calls = []

    def train(run, folder, **options):
        calls.append((run, folder.path, options))
        folder.update_record(status="finished")
        return folder.record

    monkeypatch.setattr("keras_uda.training.run.train", train)
    return calls


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("64x48", "64x48"),
        (3, "3"),
        (0.5, "0.5"),
        (True, "true"),
        (None, "null"),
        (("road", "car"), '["road", "car"]'),
        ({"lab": {"chance": 0.5}}, '{"lab": {"chance": 0.5}}'),
    ],
)
def test_values_become_texts_of_the_command_line(value, text):
    assert text_of(value) == text


def test_a_call_has_the_configuration_of_its_command_line(tmp_path):
    options = {
        "data.size": "64x48",
        "data.classes": ["road", "car"],
        "data.target.name": "folder",
        "data.target.root": tmp_path,
        "data.transforms": {"lab": {"chance": 0.5}},
        "optimizers.segmenter.learning_rate": 1e-5,
        "stages.adapt.arguments.entropy_weights": (0.1,),
    }
    flags = ["--data.size", "64x48", "--data.classes", "road,car", "--data.target.name", "folder"]
    flags += ["--data.target.root", str(tmp_path), "--data.transforms", "{lab: {chance: 0.5}}"]
    flags += ["--optimizers.segmenter.learning_rate", "1e-5", "--stages.adapt.arguments.entropy_weights", "[0.1]"]
    assert configured("minent", 7, options=options) == parsed("--method", "minent", "--steps", "7", *flags)
    with pytest.raises(UsageError, match="Did you mean `data.batch`"):
        configured("minent", options={"data.bach": 3})


def test_it_trains_and_gives_the_run(trained, tmp_path):
    run = keras_uda.adapt("minent", output=tmp_path / "run", steps=4, options={"seed": 3}, keep="better")
    ((configuration, folder, options),) = trained
    assert (configuration.method, configuration.seed, configuration.stages["adapt"].steps) == ("minent", 3, 4)
    assert run == Run(tmp_path / "run") and folder == run.path and options["keep"] == "better"
    assert run.record["status"] == "finished" and str(tmp_path / "run") == run.__fspath__()
    (run.path / "evaluation.json").write_text(json.dumps({"adapted": {"miou": 0.5}}))
    assert run.scores["adapted"]["miou"] == 0.5
    with pytest.raises(UsageError, match="is a baseline itself"):
        keras_uda.adapt("source_only", output="other", keep="better")


def test_it_starts_from_a_segmenter_that_was_built(trained, tmp_path):
    segmenter = keras_uda.build_segmenter("tiny", ["road", "car"], weights="none", width=5)
    options = {"data.classes": ["car", "road"]}  # what is given wins: here over the classes of the segmenter
    keras_uda.adapt("minent", output="runs/mine", segmenter=segmenter)
    ((run, _, _),) = trained
    assert (run.segmenter.name, run.segmenter.arguments["width"], run.data.classes) == ("tiny", 5, ("road", "car"))
    written, record = load_segmenter(tmp_path / "runs" / "mine-start")
    assert str(tmp_path / run.segmenter.weights) == str(tmp_path / "runs" / "mine-start")
    assert record["classes"] == ["road", "car"]
    for one, other in zip(written.get_weights(), segmenter.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    keras_uda.adapt("minent", output="other", segmenter=segmenter, options=options)
    assert trained[-1][0].data.classes == ("car", "road")
    with pytest.raises(UsageError, match="keras_uda.build_segmenter"):
        keras_uda.adapt("minent", segmenter=written)


def test_a_finished_run_goes_on(trained, tmp_path, monkeypatch):
    monkeypatch.setattr("keras_uda.api.adapt.require_weights", lambda run: None)  # the finished run holds none
    keras_uda.adapt("minent", output="runs/first", steps=4)
    folder = RunFolder("runs/first")
    from keras_uda.config.stored import to_dict
    from keras_uda.core.strict_yaml import dump_yaml

    (folder / "config.yaml").write_text(dump_yaml(to_dict(trained[0][0])))
    keras_uda.adapt(output="runs/longer", continue_from=Run(folder.path), steps=5)
    run, path, options = trained[1]
    assert path.name == "longer" and run.segmenter.weights.endswith("first")
    assert options["continues"]["run"] == "runs/first"


def test_what_cannot_be_built_is_told():
    with pytest.raises(UsageError, match="Did you mean `tiny`"):
        keras_uda.build_segmenter("tinny")
    with pytest.raises(UsageError, match="Did you mean `width`"):
        keras_uda.build_segmenter("tiny", weights="none", widht=3)
