"""A step that hangs is reported, longer waits more rarely; steps that go on are not."""

from keras_uda.training.callbacks.watchdog import Watchdog


class Clock:
    """In place of the event that a step sets: says for each wait whether a step ended; then training is over."""

    def __init__(self, callback: Watchdog, ended: list[bool]):
        self.callback, self.left, self.patience = callback, ended, []

    def clear(self):
        pass

    def wait(self, seconds):
        self.patience.append(seconds)
        ended = self.left.pop(0)
        if not self.left:
            self.callback._over.set()
        return ended


def test_longer_waits_are_reported_more_rarely(capsys):
    callback = Watchdog(7)
    clock = callback._ended = Clock(callback, [True, True, False, False, False, True, False, True])
    callback._watch()
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":", 1)[1].partition(": a slow")[0] for line in lines] == [
        f" step 8 has not ended for {time}" for time in ("5:00", "15:00", "35:00", "5:00")
    ]
    assert clock.patience == [300, 300, 300, 600, 1200, 2400, 300, 600]
    assert all(line.endswith("and the same command continues") for line in lines)


def test_it_knows_the_step_and_ends_with_the_training(capsys):
    callback = Watchdog(0)
    callback.on_train_begin()
    callback.after_step(1, {})
    assert callback.running == 2
    callback.on_train_end()
    callback._ended.wait(60)
    assert callback._over.is_set() and capsys.readouterr().err == ""
