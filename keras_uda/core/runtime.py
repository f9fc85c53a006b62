"""How TensorFlow is set up: threads, seeds, precision of each part, devices. Before the first op."""

import os
from pathlib import Path

from keras_uda.core.console import quiet
from keras_uda.core.memory import require_address_space
from keras_uda.core.memory import require_memory

# Reserved, not used, by TensorFlow alone and in the smallest training on two processors; below it ends without a word.
ADDRESS_SPACE = 1_800_000_000
ADDRESS_SPACE_TO_TRAIN = 3_000_000_000
MEMORY = 400_000_000  # used, once it is imported

require_address_space(ADDRESS_SPACE, "TensorFlow")
require_memory(MEMORY, "TensorFlow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # errors of C++ come back as exceptions, or do not matter
with quiet():
    import keras
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")
    tf.config.list_physical_devices()

NATIVE_BFLOAT16 = ("amx_bf16", "avx512_bf16")


def set_up(seed: int) -> None:
    """Seeds, and on a CPU one inter-op thread: without it gradients of depthwise layers differ between runs."""
    try:
        if not tf.config.list_physical_devices("GPU"):
            tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        pass  # TensorFlow runs already, in a test or a notebook: its threads are its owner's
    keras.utils.set_random_seed(seed)


def gpus() -> list[str]:
    """Names of the GPUs that TensorFlow sees."""
    devices = tf.config.list_physical_devices("GPU")
    return [tf.config.experimental.get_device_details(device).get("device_name", "GPU") for device in devices]


def multiplies_bfloat16() -> bool:
    """Whether this machine multiplies bfloat16 natively (AMX, AVX512-BF16, Ampere and newer)."""
    for device in tf.config.list_physical_devices("GPU"):
        capability = tf.config.experimental.get_device_details(device).get("compute_capability", (0, 0))
        return tuple(capability) >= (8, 0)
    flags = Path("/proc/cpuinfo")
    return flags.exists() and any(flag in flags.read_text() for flag in NATIVE_BFLOAT16)


def strategy(name: str) -> tf.distribute.Strategy:
    """`none`, `mirrored` (devices of this machine) or `multiworker` (machines named in TF_CONFIG)."""
    if name == "mirrored":
        devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
        return tf.distribute.MirroredStrategy([device.name for device in devices])
    if name == "multiworker":
        return tf.distribute.MultiWorkerMirroredStrategy()
    return tf.distribute.get_strategy()
