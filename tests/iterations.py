"""Iterations of the released AdaptSegNet and ADVENT loops through a shipped method: losses, gradients, weights."""

import numpy as np

from keras_uda.config.stage_schema import OptimizerConfig
from keras_uda.optimizers.build import build_optimizer
from tests.conftest import assert_matches
from tests.published import HEAD_RATE
from tests.published import assert_gradients
from tests.published import assert_weights
from tests.published import batch
from tests.published import record_gradients
from tests.published import set_weights


def optimizers(hyper: dict, iterations: int, parts: tuple[str, ...], segmenter) -> dict:
    """SGD for the segmenter, or AdamW where the file has betas and no momentum; Adam for a discriminator."""
    schedule = {"polynomial": {"power": hyper["power"], "horizon": hyper["max_iter"] / iterations}}
    if "warmup_iters" in hyper:
        warm_up = {"share": hyper["warmup_iters"] / iterations, "ratio": hyper["warmup_ratio"]}
        schedule = schedule | {"linear_warm_up": warm_up}
    name, own = ("sgd", "momentum") if "momentum" in hyper else ("adamw", "betas")
    arguments = {key: hyper[key] for key in (own, "weight_decay")}
    head_multiplier = hyper.get("head_multiplier", HEAD_RATE)
    configs = {"segmenter": OptimizerConfig(name, hyper["lr"], head_multiplier, arguments=arguments, schedule=schedule)}
    if "lr_D" in hyper:
        adam = {"betas": hyper.get("adam_betas", (0.9, 0.99))}
        configs["discriminator"] = OptimizerConfig("adam", hyper["lr_D"], arguments=adam, schedule=schedule)
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
