"""Published checkpoints: every naming lands in the right layers, and nothing is skipped in silence."""

import functools

import numpy as np
import pytest

from keras_uda.config.schema import SegmenterConfig
from keras_uda.config.segmenter_spec import segmenter_arguments
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.segmenters import deeplab_v2
from keras_uda.segmenters import deeplab_v2_vgg16
from keras_uda.segmenters import fcn8s_vgg16
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.weights import published as module_of_import
from keras_uda.segmenters.weights.published import import_weights
from keras_uda.segmenters.weights.published import published_names

PATH = "published.pth"
IMAGE = np.random.default_rng(5).uniform(0, 255, (1, 33, 65, 3)).astype("float32")


@pytest.fixture(autouse=True)
def few_blocks(monkeypatch):
    """The published networks with few and narrow blocks: the same names, a thousandth of the weights."""
    monkeypatch.setattr(deeplab_v2, "STAGES", ((4, 2, 1, 1), (8, 1, 2, 1), (8, 1, 1, 2), (8, 1, 1, 4)))
    for module in (deeplab_v2_vgg16, fcn8s_vgg16):
        monkeypatch.setattr(module, "STAGES", ((4, 2), (4, 2), (4, 3), (8, 3), (8, 3)))


def published(*network, **options) -> tuple:
    """A segmenter with random weights, and its state dict as PyTorch would write it, which may be changed."""
    segmenter, state = made(*network, **options)
    return segmenter, {name: array.copy() for name, array in state.items()}


@functools.cache
def made(name: str = "deeplab_v2_resnet101", classes: int = 3, **options) -> tuple:
    known = segmenter_arguments(name)
    arguments = {"batch_norm": "batch_stats"} | {key: value for key, value in options.items() if key in known}
    arguments = {key: value for key, value in arguments.items() if key in known}
    config = SegmenterConfig(name, "none", options.get("levels", 1), arguments)
    segmenter, random, state = build_segmenter(config, classes), np.random.default_rng(0), {}
    for published_name, variable in published_names(segmenter).items():
        array = np.abs(random.normal(0.5, 0.3, variable.shape)).astype("float32")
        variable.assign(array)
        state[published_name] = array.transpose({4: (3, 2, 0, 1), 2: (1, 0)}.get(array.ndim, range(array.ndim)))
        if published_name.endswith("running_var"):
            state[published_name.replace("running_var", "num_batches_tracked")] = np.array(9)
    return segmenter, state


def assert_same(imported, segmenter) -> None:
    assert imported.loaded == len(segmenter.weights)
    expected, got = segmenter(IMAGE), imported.segmenter(IMAGE)
    for head in ("logits", "aux_logits"):
        if head in expected:
            np.testing.assert_array_equal(got[head], expected[head])


@pytest.mark.parametrize("prefix", ["", "module.", "Scale.", "state_dict.module.", "ResNet101.model_state."])
@pytest.mark.parametrize("levels", [1, 2])
def test_advent_and_adaptsegnet_names_with_any_prefix(levels, prefix):
    segmenter, state = published(levels=levels)
    imported = import_weights({prefix + name: array for name, array in state.items()}, PATH)
    assert (imported.config.name, imported.config.levels) == ("deeplab_v2_resnet101", levels)
    assert_same(imported, segmenter)


def test_a_single_head_may_be_called_layer5():
    segmenter, state = published()
    state = {name.replace("layer6.", "layer5."): array for name, array in state.items()}
    assert_same(import_weights(state, PATH), segmenter)


def test_branches_beyond_the_dilations_are_left_out_and_named():
    segmenter, state = published()
    imported = import_weights(state, PATH, dilations=(6, 12))
    assert imported.left_out == [
        f"layer6.conv2d_list.{branch}.{part}" for branch in (2, 3) for part in ("weight", "bias")
    ]
    kernel = imported.segmenter.get_layer("layer6.conv2d_list.1").kernel
    np.testing.assert_array_equal(kernel, segmenter.get_layer("layer6.conv2d_list.1").kernel)


def test_backbone_only_starts_heads_at_random_for_other_classes():
    segmenter, state = published(classes=21)
    imported = import_weights(state, PATH, without=["heads"], classes=5, levels=2)
    assert imported.segmenter.output["aux_logits"].shape[-1] == 5
    assert len(imported.left_out) == 8 and imported.loaded == len(segmenter.weights) - 8
    np.testing.assert_array_equal(imported.segmenter(IMAGE)["features"], segmenter(IMAGE)["features"])


@pytest.mark.parametrize("name", ["deeplab_v2_resnet101_proda", "deeplab_v2_vgg16"])
def test_other_networks_of_the_family(name, monkeypatch):
    segmenter, state = published(name)
    imported = import_weights({f"module.{key}": array for key, array in state.items()}, PATH)
    assert imported.config.name == name
    assert_same(imported, segmenter)


def test_proda_with_feature_norm_is_recognised():
    segmenter, state = published("deeplab_v2_resnet101_proda", feature_norm=True)
    imported = import_weights(state, PATH)
    assert imported.config.arguments["feature_norm"]
    assert_same(imported, segmenter)


def broken(state: dict, change: str) -> dict:
    name = "layer2.0.conv2.weight"
    if change == "missing":
        del state[name]
    elif change == "another shape":
        state[name] = state[name][:, :, :1]
    elif change == "left over":
        state["projector.weight"] = np.zeros((2, 2), "float32")
    elif change == "NaN":
        state[name][0, 0, 0, 0] = np.nan
    return state


REASONS = {
    "missing": r"layer2\.0\.conv2\.weight \(3, 3, 8, 8\) is missing",
    "another shape": r"layer2\.0\.conv2\.weight has shape \(1, 3, 8, 8\).* needs \(3, 3, 8, 8\)",
    "left over": r"projector\.weight \(2, 2\) .*no layer",
    "NaN": r"layer2\.0\.conv2\.weight holds NaN",
}


@pytest.mark.parametrize("change", REASONS)
def test_a_network_that_does_not_fit_names_the_first_tensor(change):
    _, state = published()
    with pytest.raises(ArtefactError, match=REASONS[change]) as error:
        import_weights(broken(state, change), PATH)
    assert error.value.exit_code == 4 and "--without" in str(error.value)


def test_leftovers_can_be_left_out_by_name():
    segmenter, state = published()
    imported = import_weights(broken(state, "left over"), PATH, without=["projector."])
    assert imported.left_out == ["projector.weight"]
    assert_same(imported, segmenter)


def test_two_networks_in_a_file_need_a_choice():
    segmenter, state = published()
    both = {f"{who}.{name}": array for who in ("student", "teacher") for name, array in state.items()}
    both["teacher.conv1.weight"] = 0 * both["teacher.conv1.weight"]
    with pytest.raises(ArtefactError, match=r"2 networks \(student\., teacher\.\).*--prefix"):
        import_weights(both, PATH)
    assert_same(import_weights(both, PATH, prefix="student."), segmenter)
    with pytest.raises(UsageError, match="starts with `nobody`"):
        import_weights(both, PATH, prefix="nobody")


@pytest.mark.parametrize("shape", [(10**9, 0, 3, 3), (300, 8, 1, 1), (1, 8, 1, 1), ()])
def test_a_head_of_more_outputs_than_classes_builds_nothing(shape, monkeypatch):
    """W1: a tensor without values may have any shape."""
    monkeypatch.setattr(module_of_import, "build_segmenter", None)
    first = {"conv1.weight": np.zeros(3), "layer1.0.conv1.weight": np.zeros(3)}
    with pytest.raises(ArtefactError, match="layer6.conv2d_list.0.weight has .* outputs, not 2 to 254"):
        import_weights(first | {"layer6.conv2d_list.0.weight": np.zeros(shape)}, PATH)


def test_something_else_is_not_recognised():
    with pytest.raises(ArtefactError, match="0 networks"):
        import_weights({"blocks.0.weight": np.zeros(3)}, PATH)
    with pytest.raises(ArtefactError, match="neither a ResNet-101"):
        import_weights({"conv1.weight": np.zeros(3)}, PATH)
    with pytest.raises(UsageError, match="--classes"):
        import_weights(published()[1], PATH, without=["heads"])
