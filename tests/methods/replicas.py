"""A program for test_replicas.py: steps of a method under a strategy; writes the weights it ends with.

python -m tests.methods.replicas KIND POLICY METHOD OUTPUT [bad] [masked]
"""

import sys

import numpy as np
import tensorflow as tf

from keras_uda.methods.add_ons.masked_consistency import MaskedConsistency
from tests.toy import toy_batch
from tests.toy import toy_method
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter
from tests.toy import weights_of


def strategy(kind: str) -> tf.distribute.Strategy:
    if kind == "mirrored":
        (cpu,) = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
        return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    return tf.distribute.MultiWorkerMirroredStrategy() if kind == "multiworker" else tf.distribute.get_strategy()


def batches(method: str, bad: bool) -> tf.data.Dataset:
    """Two batches of two images; with `bad`, the last image holds a NaN."""
    both = [toy_batch(method, seed) for seed in (0, 1)]
    data = tf.nest.map_structure(lambda *parts: np.concatenate(parts), *both)
    for domain in data.values():
        domain["image"] = domain["image"].astype("float32")
    if bad:
        data["source"]["image"][3, 0, 0, 0] = np.nan
    return tf.data.Dataset.from_tensor_slices(data).batch(2, drop_remainder=True)


def main(kind: str, policy: str, name: str, output: str, bad: bool, masked: bool) -> None:
    """With `masked`, an add-on joins that has a teacher of its own, without anything drawn."""
    with strategy(kind).scope():
        method = toy_method(name, toy_segmenter(levels=2, policy=policy, batch_norm=False), compiled=False)
        if masked:
            method.add_ons = (MaskedConsistency(method, ratio=0.0, colours=False, confidence=None),)
        method.compile(toy_optimizers(method), run_eagerly=False)
    data = batches(name, bad)
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    logs = method.fit(data.with_options(options), steps_per_epoch=2, verbose=0).history
    arrays = {f"{part}_{i:03d}": w for part, weights in weights_of(method).items() for i, w in enumerate(weights)}
    arrays |= {f"log_{key}": np.ravel(value[-1]) for key, value in logs.items()}
    arrays |= {f"add_on_{i:03d}": np.array(w) for i, w in enumerate(one for a in method.add_ons for one in a.weights)}
    np.savez(output, finite=method.finite.numpy(), **arrays)


if __name__ == "__main__":
    main(*sys.argv[1:5], bad="bad" in sys.argv[5:], masked="masked" in sys.argv[5:])
