"""SegFormer as a segmenter: its heads, any frames, precision, what decays, and what a killed run goes on with."""

import functools
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_uda.artefacts.manifest import read_manifest
from keras_uda.artefacts.open_model import open_model
from keras_uda.config.names import QUANTIZATIONS
from keras_uda.config.schema import SegmenterConfig
from keras_uda.config.stage_schema import OptimizerConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import ArtefactError
from keras_uda.export import parity
from keras_uda.export.publish import export_run
from keras_uda.export.write import Wanted
from keras_uda.methods.source_only import SourceOnly
from keras_uda.optimizers.build import build_optimizer
from keras_uda.segmenters import segformer
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.build import save_segmenter
from keras_uda.segmenters.weights.record import make_record
from keras_uda.training.state import TrainingState
from tests.everyday import IN_THE_CONTINUOUS_CHECK
from tests.segmenters.saving import IMAGE
from tests.toy_export import frame
from tests.toy_export import run_here

HEADS = ("mlp", "daformer")


def tiny(classes: int = 3, policy: str = "float32", levels: int = 1, **arguments) -> keras.Model:
    config = SegmenterConfig("segformer", "none", levels, {"size": "tiny"} | arguments)
    return build_segmenter(config, classes, policy)


@functools.cache
def of_any_shape(head: str) -> keras.Model:
    return tiny(head=head, levels=2)


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("size", [(217, 333), (333, 217), (64, 128), (32, 29)])
def test_frames_of_any_shape_go_through_one_segmenter(head, size):
    outputs = of_any_shape(head)(np.ones((1, *size, 3), "float32"))
    rows, columns = (-(-length // 4) for length in size)
    assert outputs["logits"].shape == (1, rows, columns, 3)
    assert outputs["features"].shape == (1, rows, columns, 16)
    assert [skip.shape[-1] for skip in outputs["skips"].values()] == [8, 16, 40, 64]
    assert outputs["aux_logits"].shape == (1, -(-rows // 4), -(-columns // 4), 3)


def test_the_head_is_as_wide_as_published():
    widths = {("b1", "mlp"): 256, ("b2", "mlp"): 768, ("b5", "mlp"): 768, ("b2", "daformer"): 256, ("tiny", "mlp"): 16}
    assert {pair: segformer._head_width(*pair) for pair in widths} == widths
    model = build_segmenter(SegmenterConfig("segformer", "none", arguments={"size": "b0"}), 2)
    assert model.output["features"].shape[-1] == 256


def test_the_mean_of_imagenet_becomes_zero_and_its_deviation_one():
    layer = tiny().get_layer("normalization")
    mean, deviation = np.array([123.675, 116.28, 103.53]), np.array([58.395, 57.12, 57.375])
    image = np.stack([mean, mean + deviation]).reshape(1, 1, 2, 3).astype("float32")
    np.testing.assert_allclose(layer(image)[0, 0], [[0] * 3, [1] * 3], atol=1e-6)


def test_imagenet_weights_are_asked_for_in_one_line():
    with pytest.raises(ArtefactError, match=r"no package has ImageNet weights of MiT-B0.*import-weights.*mit_b0.pth"):
        build_segmenter(SegmenterConfig("segformer"), 3)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("head", HEADS)
def test_half_precision_gives_nearly_the_same(policy, head):
    model, half = of_any_shape(head), tiny(head=head, policy=policy, levels=2)
    for layer in model.layers:
        half.get_layer(layer.name).set_weights(layer.get_weights())
    expected, outputs = model(IMAGE), half(IMAGE)
    assert outputs["logits"].dtype == "float32" and outputs["features"].dtype == policy.removeprefix("mixed_")
    assert {v.dtype for v in half.weights} == {"float32"}
    for name in ("stage1", "stage4"):
        np.testing.assert_allclose(np.asarray(outputs["skips"][name], "float32"), expected["skips"][name], atol=0.1)


def test_norms_of_the_encoder_do_not_decay_and_the_head_does():
    model = tiny(head="daformer")
    config = OptimizerConfig("adamw", 6e-5, 10.0, arguments={"no_decay": ("norm",), "weight_decay": 0.01})
    optimizer = build_optimizer(config, 100, model)
    optimizer.build(model.trainable_variables)
    fixed = {v.path for v, decays in zip(model.trainable_variables, optimizer._decays, strict=True) if not decays}
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.LayerNormalization)]
    assert fixed == {v.path for layer in norms for v in layer.weights} and len(norms) == 4 * 4 + 3
    fast = {v.path for v, rate in zip(model.trainable_variables, optimizer._rates, strict=True) if rate == 10}
    assert fast == {v.path for v in model.trainable_variables if v.path.startswith("decode_head")}
    assert any("bn" in path for path in fast)


def method(policy: str = "float32", **arguments) -> SourceOnly:
    keras.utils.set_random_seed(1)
    built = SourceOnly(tiny(policy=policy, **arguments))
    built.compile({"segmenter": build_optimizer(OptimizerConfig("adamw", 1e-3), 10, built.segmenter)})
    return built


def batch(number: int) -> dict:
    random = np.random.default_rng(number)
    image = random.uniform(0, 255, (2, 64, 96, 3)).astype("float32")
    label = np.kron(random.integers(0, 3, (2, 2, 3)), np.ones((1, 32, 32))).astype("int32")
    return {"source": {"image": image + 40 * label[..., None], "label": label}, "target": {"image": image}}


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("head", HEADS)
def test_it_learns_and_goes_on_after_a_kill_with_the_same_noise(head, tmp_path):
    whole = method(head=head)
    first = float(whole.train_step(batch(0))["segmentation"])
    TrainingState(tmp_path, whole, {}).save(1)
    for number in (1, 2):
        whole.train_step(batch(number))
    again = method(head=head)
    state = TrainingState(tmp_path, again, {})
    assert state.restore_latest() == 1
    seeds = [name for name in state.named if "seed" in name]
    assert len(seeds) == 7  # two branches in each block but the first, and the dropout of the head
    for number in (1, 2):
        again.train_step(batch(number))
    assert state.hash() == TrainingState(tmp_path, whole, {}).hash()
    assert float(whole.trackers["segmentation"].result()) < first


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("policy", [pytest.param("mixed_bfloat16", marks=IN_THE_CONTINUOUS_CHECK), "mixed_float16"])
def test_a_step_in_half_precision_moves_every_weight(policy):
    half = method(policy, head="daformer", drop_path=0.0)
    before = [value.numpy() for value in half.segmenter.trainable_variables]
    for number in range(2):
        half.train_step(batch(number))
    assert half.finite.numpy()
    moved = [np.any(old != new.numpy()) for old, new in zip(before, half.segmenter.trainable_variables, strict=True)]
    assert all(moved)


def run_of(folder: Path, head: str, width: int, height: int) -> Path:
    """A run folder of a tiny segmenter that has learnt a little, with frames of its size."""
    trained, classes = method(head=head), CITYSCAPES[:3]
    for number in range(4):
        trained.train_step(batch(number))
    folder.mkdir()
    config = SegmenterConfig("segformer", "none", arguments={"size": "tiny", "head": head})
    save_segmenter(trained.segmenter, folder, make_record(config, classes, f"{width}x{height}"))
    (folder / "frames").mkdir()
    images = np.stack([frame(number, width, height) for number in range(6)])
    np.savez(
        folder / "frames" / "adapted.npz", names=np.array(list("abcdef")), images=images, labels=images[..., 0] % 3
    )
    return folder


# Width and height: no square, no multiple of 32.
@pytest.mark.parametrize(
    ("head", "size", "wanted"),
    [
        pytest.param("mlp", (111, 73), Wanted(("tflite",)), marks=[pytest.mark.slow, pytest.mark.ci]),
        pytest.param("mlp", (333, 217), Wanted(quantize=QUANTIZATIONS), marks=pytest.mark.slow),
        pytest.param("daformer", (256, 128), Wanted(quantize=QUANTIZATIONS), marks=pytest.mark.slow),
    ],
)
def test_exports_are_the_same_model_with_built_in_ops(head, size, wanted, tmp_path, monkeypatch):
    monkeypatch.setattr(parity, "run_apart", run_here)
    run = run_of(tmp_path / "run", head, *size)
    exported = export_run(run, tmp_path / "export", wanted)
    artefacts = read_manifest(exported)["artefacts"]
    assert len(artefacts) == len(wanted.formats) - 1 + len(wanted.quantize)
    for entry in artefacts.values():
        assert entry["ops_not_built_in"] == []  # and the gate has compared labels with Keras
    label_map, _ = open_model(exported).run(frame(1, *size)[None])
    assert label_map.shape == (1, *size[::-1])


@pytest.mark.slow
def test_an_onnx_file_is_the_same_model(tmp_path):
    pytest.importorskip("tf2onnx", reason="the extra `onnx` is not installed")
    exported = export_run(run_of(tmp_path / "run", "daformer", 111, 73), tmp_path / "export", Wanted(("onnx",)))
    assert read_manifest(exported)["artefacts"]["onnx"]["agreement"] >= 0.9999
