"""Frames keep their order, and few are in memory."""

from keras_uda.predict.in_flight import in_order


def test_order_is_kept_and_few_are_in_flight():
    import threading
    import time

    running, most, seen = [0], [0], []
    lock = threading.Lock()

    def items():
        for item in range(40):
            seen.append(item)
            yield item

    def work(item):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.002 * (item % 3))
        with lock:
            running[0] -= 1
        return item * item

    results = []
    for item, result in in_order(items(), work, 4):
        assert len(seen) - len(results) <= 6
        results.append((item, result))
    assert results == [(item, item * item) for item in range(40)] and 1 < most[0] <= 4
