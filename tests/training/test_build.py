"""What a stage is built from: sizes of its data, its start, as many weights as levels."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from keras_uda.config.checks import check
from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import run_config
from keras_uda.config.data_schema import DataConfig
from keras_uda.config.parser import Parser
from keras_uda.config.schema import RunConfig
from keras_uda.config.schema import SegmenterConfig
from keras_uda.config.stage_schema import OptimizerConfig
from keras_uda.config.stage_schema import StageConfig
from keras_uda.core.errors import UsageError
from keras_uda.layers.mean_teacher import statistics_of
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.stage import stages_of
from keras_uda.segmenters.build import save_segmenter
from keras_uda.segmenters.weights.record import make_record
from keras_uda.training import build
from keras_uda.training.build import initial_segmenter
from keras_uda.training.build import with_data_sizes
from keras_uda.training.stage_data import StageData
from tests.conftest import ROOT
from tests.toy import HEIGHT
from tests.toy import WIDTH
from tests.toy import toy_segmenter


def shipped(path) -> RunConfig:
    parser = Parser()
    add_run_flags(parser)
    return run_config(parser, ["--config", str(path)])[0]


def test_labelled_images_are_those_of_the_target():
    """Fifty of them stand sixteen times each among 800 source images; class weights begin within the stage."""
    run = shipped(ROOT / "configs/sim_to_street/contrastive_memory_semi.yaml")
    (stage,) = stages_of(run, RunFolder("unused"))
    found = with_data_sizes(stage, StageData(range(1600), range(750))).config.arguments
    assert (found["labelled_images"], found["unlabelled_images"], found["batch"]) == (50, 750, 4)
    assert max(found["labelled_images"], found["unlabelled_images"]) // found["batch"] < stage.steps
    without = dataclasses.replace(run, data=dataclasses.replace(run.data, labelled_images=None))
    (stage,) = stages_of(without, RunFolder("unused"))
    assert with_data_sizes(stage, StageData(range(800), range(750))).config.arguments["labelled_images"] == 800


@pytest.mark.parametrize("path", sorted(ROOT.glob("configs/sim_to_*/*.yaml")), ids=lambda path: path.stem)
def test_the_small_configurations_have_weights_for_two_levels(path):
    """So that `--segmenter.levels 2` needs nothing else."""
    for stage in shipped(path).stages.values():
        for name in ("adversarial_weights", "entropy_weights", "segmentation_weights"):
            assert len(stage.arguments.get(name, (1, 0.1))) == 2


@pytest.mark.parametrize(("method", "counted"), [("advent", "source"), ("source_only", "source"), ("oracle", "target")])
def test_rare_classes_weigh_by_their_share_of_the_labels_that_are_learnt(monkeypatch, method, counted):
    shares = {"source": (0.64, 0.36), "target": (0.96, 0.04)}
    monkeypatch.setattr(build, "source_ratios", lambda domain, classes: shares[domain])
    data = DataConfig(classes=("road", "car"), class_weight_exponent=0.5)
    run = RunConfig(method=method, data=data, stages={"train": StageConfig(method=method)})
    (stage,) = stages_of(run, RunFolder("unused"))
    weights = build.class_weights(stage, SimpleNamespace(source="source", labelled_target="target"))
    expected = 1 / np.sqrt(shares[counted])
    np.testing.assert_allclose(weights, expected / (expected * shares[counted]).sum(), rtol=1e-6)
    plain = dataclasses.replace(run, data=dataclasses.replace(data, class_weight_exponent=0.0))
    (stage,) = stages_of(plain, RunFolder("unused"))
    assert build.class_weights(stage, None) is None


def test_a_stage_may_have_a_start_of_its_own(tmp_path):
    config = SegmenterConfig(name="tiny", weights="none")
    run = RunConfig(segmenter=config, data=DataConfig(classes=("road", "car")), seed=3)
    other = initial_segmenter(dataclasses.replace(run, seed=4))
    save_segmenter(other, tmp_path, make_record(config, run.data.classes, "64x48", {}))
    for ours, theirs in zip(initial_segmenter(run, str(tmp_path)).get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert any((a != b).any() for a, b in zip(initial_segmenter(run).get_weights(), other.get_weights(), strict=True))


def test_a_start_of_its_own_does_not_go_on_from_the_stage_before():
    stages = {"one": StageConfig(weights="folder")}
    with pytest.raises(UsageError, match="stages.one.weights: .* Add `start: initial`"):
        check(RunConfig(method="source_only", stages=stages))


@pytest.mark.parametrize("live", [False, True])
def test_a_stage_with_frozen_batch_norm_keeps_the_statistics_of_its_start_and_so_does_its_teacher(live):
    segmenter, images = toy_segmenter(), np.full((2, HEIGHT, WIDTH, 3), 90.0, "float32")
    optimizers = {"segmenter": OptimizerConfig()}
    for batch_norm in ("frozen", None)[: 1 + live]:  # the stage after it is live again
        stages = {"adapt": StageConfig(method="dacs", batch_norm=batch_norm)}
        (stage,) = stages_of(RunConfig(method="dacs", stages=stages, optimizers=optimizers), RunFolder("unused"))
        method = build.build_method(stage, segmenter)
    for model in (method.segmenter, method.teacher):
        statistics = [np.array(one) for one in statistics_of(model)]
        model(images, training=True)
        unmoved = [np.array_equal(*pair) for pair in zip(statistics, statistics_of(model), strict=True)]
        assert len(unmoved) == 4 and any(unmoved) != live
    assert ("gamma" in {one.name for one in segmenter.trainable_variables}) == live
