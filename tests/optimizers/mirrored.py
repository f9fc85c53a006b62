"""A program for test_published.py: every optimiser under two replicas with gradients of 1 and 2 times the same.

python -m tests.optimizers.mirrored OUTPUT
"""

import sys

import numpy as np
import tensorflow as tf


def main(output: str) -> None:
    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    from tests.optimizers.variables import KINDS
    from tests.optimizers.variables import gradients_of
    from tests.optimizers.variables import pair

    strategy, found = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]), {}
    for name, kind in KINDS.items():
        with strategy.scope():
            variables = pair()
            optimizer = kind(0.1, 0.5, weight_decay=0.1)
            optimizer.build(variables)

        @tf.function
        def step(gradients, optimizer=optimizer, variables=variables):
            replica = tf.distribute.get_replica_context().replica_id_in_sync_group
            optimizer.apply([gradient * (1.0 + tf.cast(replica, "float32")) for gradient in gradients], variables)

        for index in range(3):
            strategy.run(step, args=([tf.constant(gradient) for gradient in gradients_of(index)],))
        found |= {f"{name}_{index}": np.array(variable) for index, variable in enumerate(variables)}
    np.savez(output, **found)


if __name__ == "__main__":
    main(sys.argv[1])
