"""Two iterations of the released AdaptSegNet and ADVENT loops: losses, gradients, weights after each."""

import numpy as np
import pytest

from keras_uda.config.schema import OptimizerConfig
from keras_uda.methods.adaptsegnet import AdaptSegNet
from keras_uda.methods.advent import AdvEnt
from keras_uda.methods.minent import MinEnt
from keras_uda.optimizers.build import build_optimizer
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.published import HEAD_RATE
from tests.published import assert_gradients
from tests.published import assert_weights
from tests.published import batch
from tests.published import published_segmenter
from tests.published import record_gradients
from tests.published import set_weights


def optimizers(hyper: dict, iterations: int, parts: tuple[str, ...], segmenter) -> dict:
    schedule = {"polynomial": {"power": hyper["power"], "horizon": hyper["max_iter"] / iterations}}
    adam = {"betas": hyper.get("adam_betas", (0.9, 0.99))}
    sgd = {"momentum": hyper["momentum"], "weight_decay": hyper["weight_decay"]}
    configs = {
        "segmenter": OptimizerConfig(
            "sgd", hyper["lr"], head_multiplier=HEAD_RATE, arguments=sgd, schedule=schedule
        ),
        "discriminator": OptimizerConfig("adam", hyper["lr_D"], arguments=adam, schedule=schedule),
    }  # fmt: skip
    return {part: build_optimizer(configs[part], iterations, segmenter) for part in parts}


def run(method, arrays, meta, discriminators: list[str], losses_of) -> None:
    """Takes the stored iterations with a shipped method and compares everything that is stored.

    Args:
        discriminators: names in the vectors, main level first.
        losses_of: what `train_step` reports -> the row of `out_losses`.
    """
    parts = {"seg": (method.segmenter, "segmenter")}
    for name, discriminator in zip(discriminators, method.discriminator.levels if discriminators else [], strict=True):
        set_weights(arrays, f"param_{name}", discriminator)
        parts[name] = (discriminator, "discriminator")
    iterations = len([key for key in arrays if key.startswith("in_source_")])
    method.compile(optimizers(meta["hyper"], iterations, method.trains, method.segmenter), run_eagerly=True)
    received = {part: record_gradients(optimizer) for part, optimizer in method.optimizers.items()}
    losses = []
    for iteration in range(iterations):
        method.reset_metrics()
        reported = method.train_step(batch(arrays, iteration))
        losses.append(losses_of({name: float(value) for name, value in reported.items()}))
        for name, (model, part) in parts.items():
            if iteration == 0:
                assert_gradients(arrays, meta, f"grad1_{name}", model, received[part])
            assert_weights(arrays, meta, f"after{iteration + 1}_{name}", model)
    assert_matches(np.array(losses), arrays, meta, "out_losses")
    assert bool(method.finite.numpy())


@pytest.mark.parametrize("case,levels", [("advent_multi", 2), ("advent_single", 1)])
def test_advent(case, levels):
    arrays, meta = load_vectors(f"advent_iteration_{case}")
    hyper = meta["hyper"]
    method = AdvEnt(
        published_segmenter(arrays, levels),
        segmentation_weights=(hyper["lambda_seg_main"], hyper["lambda_seg_aux"]),
        adversarial_weights=(hyper["lambda_adv_main"], hyper["lambda_adv_aux"]),
        discriminator_base=arrays["param_Dmain_0_kernel"].shape[-1],
    )

    def losses_of(r):
        halves = ("segmentation_aux", "segmentation", "adversarial_aux", "adversarial")
        discriminators = ("discriminator_target_aux", "discriminator_target")
        return [r.get(name, 0.0) for name in halves] + [r.get(name, 0.0) / 2 for name in discriminators]

    run(method, arrays, meta, ["Dmain", "Daux"][:levels], losses_of)


def test_minent():
    arrays, meta = load_vectors("advent_iteration_minent")
    hyper = meta["hyper"]
    method = MinEnt(
        published_segmenter(arrays, levels=2),
        segmentation_weights=(hyper["lambda_seg_main"], hyper["lambda_seg_aux"]),
        entropy_weights=(hyper["lambda_ent_main"], hyper["lambda_ent_aux"]),
    )
    names = ("segmentation_aux", "segmentation", "entropy_aux", "entropy")
    run(method, arrays, meta, [], lambda reported: [reported[name] for name in names])


@pytest.mark.parametrize("case", ["multi_vanilla", "single_vanilla", "single_lsgan"])
def test_adaptsegnet(case):
    arrays, meta = load_vectors(f"adaptsegnet_iteration_{case}")
    hyper = meta["hyper"]
    method = AdaptSegNet(
        published_segmenter(arrays, levels=2),
        segmentation_weights=(1.0, hyper["lambda_seg"]),
        adversarial_weights=(hyper["lambda_adv_target2"], hyper["lambda_adv_target1"]),
        least_squares=hyper["gan"] == "LS",
        discriminator_base=arrays["param_D2_0_kernel"].shape[-1],
    )
    names = [
        name + level
        for name in ("segmentation", "adversarial", "discriminator_source", "discriminator_target")
        for level in ("_aux", "")
    ]
    run(method, arrays, meta, ["D2", "D1"], lambda reported: [reported[name] for name in names])
