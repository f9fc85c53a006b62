"""Two replicas as two threads: eager, without a strategy, and fast. The slow tests of replicas have real ones."""

import threading
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import tensorflow as tf


class Exchange:
    """What two threads give each other; both must ask the same questions in the same order."""

    def __init__(self):
        self.here, self.barrier, self.given = threading.local(), threading.Barrier(2, timeout=60), {}

    def context(self):
        """Stands for `tf.distribute.get_replica_context`."""
        place = getattr(self.here, "place", None)
        if place is None:
            return None
        calls = {"all_reduce": self.all_reduce, "all_gather": self.all_gather}
        return SimpleNamespace(num_replicas_in_sync=2, replica_id_in_sync_group=place, **calls)

    def all_reduce(self, kind, value):
        parts = self.both(value)
        return (parts[0] + parts[1]) / (2 if kind == tf.distribute.ReduceOp.MEAN else 1)

    def all_gather(self, value, axis):
        return tf.concat(self.both(value), axis)

    def both(self, value) -> list:
        self.given[self.here.place] = value
        self.barrier.wait()
        parts = [self.given[place] for place in (0, 1)]
        self.barrier.wait()
        return parts


def on_two_replicas(function: Callable, *batches) -> list:
    """What a function of tensors (batch, ...) returns on each half of them."""
    exchange, results, errors = Exchange(), {}, []

    def run(place: int) -> None:
        exchange.here.place = place
        try:
            half = slice(place * len(batches[0]) // 2, (place + 1) * len(batches[0]) // 2)
            results[place] = function(*(batch[half] for batch in batches))
        except BaseException as error:  # the other one would wait
            errors.append(error)
            exchange.barrier.abort()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tf.distribute, "get_replica_context", exchange.context)
        threads = [threading.Thread(target=run, args=(place,)) for place in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]
    return [results[0], results[1]]
