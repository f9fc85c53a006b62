"""Files take turns, and each turn is compared with itself."""

from pathlib import Path

import numpy as np
import pytest

from keras_uda.artefacts import turns
from keras_uda.core.errors import UsageError

IMAGE = np.zeros((1, 6, 8, 3), "uint8")


class Fake:
    """A file that takes as many seconds as its name says, twice as many in every second turn."""

    asked, clock = [], 0.0

    def __init__(self, file, threads):
        assert threads == 1
        self.seconds = float(file.stem)

    def answer(self, image):
        Fake.asked.append(self.seconds)
        slowed = 1 + (len(Fake.asked) - 1) // 3 % 2
        Fake.clock += slowed * self.seconds


@pytest.fixture
def fake(monkeypatch):
    Fake.asked, Fake.clock = [], 0.0
    monkeypatch.setattr(turns, "LiteRT", Fake)
    monkeypatch.setattr(turns.time, "thread_time", lambda: Fake.clock)
    return [Path(f"{seconds}.tflite") for seconds in (4, 2, 1)]


def test_files_take_turns_after_one_frame_to_warm_up(fake):
    times = turns.times_in_turns(fake, IMAGE, 2)
    assert Fake.asked == [4, 2, 1] * 3
    np.testing.assert_allclose(times, [[8000, 4000, 2000], [4000, 2000, 1000]])


def test_a_ratio_is_that_of_one_turn(fake, monkeypatch):
    monkeypatch.setattr(turns, "files_of", lambda folder: fake)
    monkeypatch.setattr(turns, "read_manifest", lambda folder: {"size": "8x6"})
    rows = turns.rows_of_turns(Path("export"), 4)
    assert [row["file"] for row in rows] == ["4.tflite", "2.tflite", "1.tflite"]
    assert [(row["low"], row["ratio"], row["high"]) for row in rows] == [(1, 1, 1), (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)]
    assert rows[0]["milliseconds"] == 6000


def test_an_export_without_files_is_refused(monkeypatch):
    entry = {"file": "saved_model/1"}
    monkeypatch.setattr(turns, "read_manifest", lambda folder: {"artefacts": {"saved_model": entry}})
    with pytest.raises(UsageError, match="has no .tflite file"):
        turns.files_of(Path("export"))
