"""A program for test_replicas.py: steps of a method under a strategy; writes the state that it ends with.

python -m tests.methods.replicas KIND POLICY METHOD OUTPUT [bad] [masked] [norm]
"""

import sys

import keras
import numpy as np
import tensorflow as tf

from keras_uda.config.schema import SegmenterConfig
from keras_uda.methods.add_ons.masked_consistency import MaskedConsistency
from keras_uda.segmenters.build import build_segmenter
from keras_uda.training.state import variables_of
from tests.toy import CLASSES
from tests.toy import toy_batch
from tests.toy import toy_method
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter

TWO_LEVELS = ("source_only", "oracle", "advent", "adaptsegnet", "minent", "selftraining", "cbst", "dann", "moments")
# Adam would step by the noise of biases before a norm.
NORMALISED_BIASES = ("contrastive_memory", "contrastive_memory_semi", "cycada", "lsdseg")
STEPS = 2


def strategy(kind: str) -> tf.distribute.Strategy:
    if kind == "mirrored":
        (cpu,) = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
        return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    return tf.distribute.MultiWorkerMirroredStrategy() if kind == "multiworker" else tf.distribute.get_strategy()


def segmenter(method: str, policy: str, norm: bool) -> keras.Model:
    """The toy network, or with `norm` one that has live batch norm."""
    if not norm:
        return toy_segmenter(levels=1 + (method in TWO_LEVELS), policy=policy, batch_norm=False)
    keras.utils.set_random_seed(0)
    return build_segmenter(SegmenterConfig(name="tiny", weights="none"), CLASSES)


def batches(method: str, bad: bool) -> tf.data.Dataset:
    """Two batches of two images, on which more and more pixels have no label; with `bad`, the last one holds a NaN."""
    both = [toy_batch(method, seed) for seed in range(STEPS)]
    data = tf.nest.map_structure(lambda *parts: np.concatenate(parts), *both)
    for domain in data.values():
        domain["image"] = domain["image"].astype("float32")
        for name in {"label", "pseudo_label"} & set(domain):
            for index, labels in enumerate(domain[name]):
                labels[: 2 + 6 * index] = 255
    if bad:
        data["source"]["image"][3, 0, 0, 0] = np.nan
    return tf.data.Dataset.from_tensor_slices(data).batch(2, drop_remainder=True)


def main(kind: str, policy: str, name: str, output: str, options: list[str]) -> None:
    """With `masked`, an add-on joins that has a teacher of its own."""
    with strategy(kind).scope():
        method = toy_method(name, segmenter(name, policy, "norm" in options), compiled=False)
        if "masked" in options:
            method.add_ons = (MaskedConsistency(method),)
        method.compile(toy_optimizers(method, only_sgd=name in NORMALISED_BIASES), run_eagerly=False)
    sharding = tf.data.Options()
    sharding.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    data = batches(name, "bad" in options).with_options(sharding)
    logs = method.fit(data, steps_per_epoch=STEPS, verbose=0).history
    arrays = {key.replace("/", "|"): keras.ops.convert_to_numpy(one) for key, one in variables_of(method).items()}
    arrays |= {f"log_{key}": np.ravel(value[-1]) for key, value in logs.items()}
    np.savez(output, finite_at_end=method.finite.numpy(), **arrays)


if __name__ == "__main__":
    main(*sys.argv[1:5], options=sys.argv[5:])
