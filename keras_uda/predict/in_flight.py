"""Frames through a function in their order, a few at a time, and the pace of that."""

import time
from collections import deque
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from keras_uda.core.console import Progress


def in_order(items: Iterable, work: Callable, in_flight: int, abort: Callable = lambda: None) -> Iterator[tuple]:
    """Yields (item, result of `work(item)`) in the order of the items; `in_flight` run at once, memory is bounded."""
    pending: deque = deque()
    pool = ThreadPoolExecutor(in_flight)
    try:
        for item in items:
            pending.append((item, pool.submit(work, item)))
            if len(pending) > in_flight:
                item, future = pending.popleft()
                yield item, future.result()
        while pending:
            item, future = pending.popleft()
            yield item, future.result()
    except BaseException:
        abort()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class Meter:
    """Progress of a call: frames done, time left, frames per second.

    Args:
        total: frames to count on; 0 if unknown.
        description: what is being done.
    """

    def __init__(self, total: int, description: str):
        self.bar, self.done, self.began = Progress(max(1, total), description), 0, time.perf_counter()

    def step(self) -> None:
        self.done += 1
        self.bar.total = max(self.bar.total, self.done)
        self.bar.update(self.done, note=f"{self.rate:.1f} frames/s")

    @property
    def rate(self) -> float:
        return self.done / max(1e-9, time.perf_counter() - self.began)
