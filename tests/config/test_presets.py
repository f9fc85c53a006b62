"""`--preset official` reaches the stages it belongs to, and only them."""

import dataclasses

import pytest

from keras_uda.commands.train import parser
from keras_uda.config.command_line import configs_folder
from keras_uda.config.command_line import run_config
from keras_uda.config.schema import RunConfig
from keras_uda.core.errors import UsageError


def of(method: str, *flags: str, folder: str = "gta5_to_cityscapes") -> RunConfig:
    return run_config(parser(), ["--config", str(configs_folder() / folder / f"{method}.yaml"), *flags])[0]


def repeats_of(run: RunConfig) -> dict[str, str | None]:
    """Stage -> how often the optimiser of its segmenter updates what is listed several times."""
    optimizers = {name: {**run.optimizers, **stage.optimizers}["segmenter"] for name, stage in run.stages.items()}
    return {name: optimizer.arguments.get("repeats") for name, optimizer in optimizers.items()}


def test_proda_repeats_parameters_where_its_released_code_does():
    run = of("proda", "--preset", "official")
    assert repeats_of(run) == {
        "warmup": "official",
        "denoise": "nominal",
        "distil_1": "official",
        "distil_2": "official",
    }
    forms = {name: stage.arguments.get("released_form") for name, stage in run.stages.items()}
    assert forms == {"warmup": None, "denoise": None, "distil_1": True, "distil_2": True}


def test_parameters_are_repeated_whatever_the_rate_of_the_head():
    nominal = "--optimizers.segmenter.head_multiplier", "1"
    assert repeats_of(of("advent", "--preset", "official", *nominal)) == {"adapt": "official"}
    own = of("proda", "--preset", "official", "--stages.denoise.optimizers", "{}")
    assert repeats_of(own)["denoise"] == "nominal"


def test_what_an_optimiser_does_not_repeat_is_named():
    deeplab = "--segmenter.name", "deeplab_v2_resnet101"
    with pytest.raises(UsageError, match="--preset: .*optimizers.segmenter.name `adam`"):
        of("minent", "--preset", "official", *deeplab, folder="sim_to_street")


@pytest.mark.parametrize("folder", ["sim_to_street", "gta5_to_cityscapes"])
def test_the_released_form_of_lsdseg(folder):
    arguments = of("lsdseg", "--preset", "official", folder=folder).stages["adapt"].arguments
    weights = [arguments[f"{term}_weight"] for term in ("adversarial", "auxiliary", "generator", "reconstruction")]
    assert arguments["sum_losses"] is True and weights == [0.1, 0.1, 0.1, 1.0]


def test_the_extra_zero_is_only_where_portions_are():
    labels = [one.pseudo_labels for one in of("cbst", "--preset", "official").stages.values()]
    assert labels[0] is None and all(one.extra_zero for one in labels[1:])
    confident = ["--stages.round_1.pseudo_labels.policy", "confidence"]
    confident += ["--stages.round_1.pseudo_labels.portion", "0.2"]
    assert not of("cbst", "--preset", "official", *confident).stages["round_1"].pseudo_labels.extra_zero


@pytest.mark.parametrize("method", ["contrastive_memory", "contrastive_memory_semi"])
def test_the_released_memory(method):
    run = of(method, "--preset", "official")
    assert run.segmenter.arguments["aspp_dilations"] == [6, 12] and run.stages["adapt"].arguments["official_bugs"]


def test_the_released_window_of_fda():
    transforms = "--data.transforms", "{fda: {beta: 0.05, chance: 0.5}, lab: {floor: 2.0}}"
    run = of("minent", "--preset", "official", *transforms)
    assert run.data.transforms == {"fda": {"beta": 0.05, "chance": 0.5, "form": "released"}, "lab": {"floor": 2.0}}
    assert of("minent", *transforms).data.transforms["fda"] == {"beta": 0.05, "chance": 0.5}
    alone = of(
        "fcns_wild", "--preset", "official", *transforms, folder="sim_to_street"
    )  # which has no switch of its own
    assert alone.data.transforms["fda"]["form"] == "released"
    with pytest.raises(UsageError, match="`official` has no switch for fcns_wild"):
        of("fcns_wild", "--preset", "official", "--data.transforms", "{lab: {}}", folder="sim_to_street")


@pytest.mark.parametrize("folder", ["sim_to_street", "sim_to_camvid", "gta5_to_cityscapes", "synthia_to_cityscapes"])
def test_fda_is_source_labels_in_the_look_of_the_target_and_its_entropy(folder):
    run = of("fda", folder=folder)
    (stage,) = run.stages.values()
    assert set(run.data.transforms) == {"fda"} and stage.add_ons["entropy"]["exponent"] == 2
    assert stage.method == "minent" and set(stage.arguments["entropy_weights"]) == {0.0}


def test_nothing_else_changes():
    official, default = (of("proda", "--preset", preset) for preset in ("official", "default"))
    for name, stage in official.stages.items():
        before = default.stages[name]
        assert dataclasses.replace(stage, arguments=before.arguments, optimizers=before.optimizers) == before
        assert stage.steps == before.steps and stage.pseudo_labels == before.pseudo_labels


def test_a_switch_that_a_segmenter_does_not_have_is_named():
    with pytest.raises(UsageError, match="repeats.*efficientnet_lite0"):
        of("proda", "--preset", "official", folder="sim_to_street")


def test_stages_of_one_method_are_no_methods():
    with pytest.raises(UsageError, match="proda_warmup"):
        run_config(parser(), ["--method", "proda_warmup"])
    with pytest.raises(UsageError, match="Did you mean `proda_distil`"):
        of("proda", "--stages.distil_1.method", "proda_distill")


def test_soft_labels_and_labelled_images_are_asked_for():
    with pytest.raises(UsageError, match="denoise.pseudo_labels.soft"):
        of("proda", "--stages.denoise.pseudo_labels.soft", "false")
    with pytest.raises(UsageError, match="data.labelled_images"):
        of("proda", "--data.labelled_images", "3")
    with pytest.raises(UsageError, match="data.labelled_images"):
        of("contrastive_memory_semi", "--data.labelled_images", "null")
