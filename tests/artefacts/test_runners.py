"""Artefacts run where nothing of this project is: the classes alone, and as a script in a process of its own."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from keras_uda.artefacts import runners
from tests.toy_export import HEIGHT
from tests.toy_export import WIDTH
from tests.toy_export import frame
from tests.toy_export import toy_exports

IMAGES = np.stack([frame(index) for index in range(6)])
PLACES = ["model.tflite", "saved_model/1"]


def test_the_compiled_model_gives_the_same_maps():
    place = toy_exports() / "model.tflite"
    runner = runners.LiteRT(place)
    compiled = runners.Compiled(place).answer(IMAGES[:1])
    for name, values in runner.answer(IMAGES[:1]).items():
        np.testing.assert_array_equal(compiled[name], values)
        assert compiled[name].dtype == values.dtype
    maps = runner(IMAGES)[0]
    assert runners.compiled_agreement(str(place), IMAGES, maps, runner.units) == 1.0
    maps = maps.copy()
    maps[0, 0, 0] += 1
    assert runners.compiled_agreement(str(place), IMAGES, maps, runner.units) == pytest.approx(1 - 1 / maps.size)


@pytest.mark.parametrize("place", PLACES)
def test_frames_give_maps_one_by_one_or_together(place):
    runner = runners.open_artefact(toy_exports() / place)
    label_maps, confidences = runner(IMAGES)
    assert label_maps.shape == confidences.shape == (6, HEIGHT, WIDTH)
    assert label_maps.dtype == confidences.dtype == np.uint8
    alone, _ = runner(IMAGES[5:])
    assert (alone[0] == label_maps[5]).mean() > 0.9999
    assert runner.foreign_ops() == []


def test_signatures_say_types_and_free_sizes():
    maps = {"label_map": ["uint8", 1, HEIGHT, WIDTH], "confidence": ["uint8", 1, HEIGHT, WIDTH]}
    assert runners.LiteRT(toy_exports() / PLACES[0]).signature() == maps | {"image": ["uint8", 1, HEIGHT, WIDTH, 3]}
    signature = runners.SavedModel(toy_exports() / PLACES[1]).signature()
    assert signature["image"] == ["uint8", None, HEIGHT, WIDTH, 3]


def test_a_file_runs_from_its_content_too():
    content = (toy_exports() / "model.tflite").read_bytes()
    expected = runners.LiteRT(toy_exports() / "model.tflite", threads=1)(IMAGES)
    np.testing.assert_array_equal(runners.LiteRT(content, threads=1)(IMAGES)[0], expected[0])


def test_times_are_medians_after_two_runs_for_warming_up(monkeypatch):
    clock, calls = [0.0], []
    monkeypatch.setattr(runners.time, "perf_counter", lambda: clock[0])

    def run(image):
        calls.append(image)
        clock[0] += [9.0, 9.0, 0.5][len(calls) - 1] if len(calls) < 4 else 0.002

    assert runners.median_milliseconds(run, IMAGES[:1]) == pytest.approx(2)
    assert len(calls) == 2 + runners.LEAST_RUNS


def test_slow_models_are_timed_three_times(monkeypatch):
    clock, calls = [0.0], []
    monkeypatch.setattr(runners.time, "perf_counter", lambda: clock[0])

    def run(image):
        calls.append(image)
        clock[0] += runners.LONGEST_SECONDS

    assert runners.median_milliseconds(run, IMAGES[:1]) == 1000 * runners.LONGEST_SECONDS
    assert len(calls) == 2 + 3


def test_the_module_is_a_script_that_needs_nothing_of_ours(tmp_path):
    np.savez(tmp_path / "frames.npz", images=IMAGES)
    place = toy_exports() / "model.tflite"
    command = [sys.executable, "-P", runners.__file__, str(place), "frames.npz", "result.npz"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    with np.load(tmp_path / "result.npz", allow_pickle=False) as result:
        np.testing.assert_array_equal(result["label_maps"], runners.LiteRT(place)(IMAGES)[0])
        assert result["compiled"] == 1 and result["milliseconds"] > 0 and result["foreign_ops"].tolist() == []
        told = Path("/proc/self/status").exists()
        assert result["memory_mib"] > 10 if told else np.isnan(result["memory_mib"])


def test_a_file_that_runs_greets_nobody(capfd):
    runners.LiteRT(toy_exports() / "model.tflite", threads=1)(frame(0)[None])
    assert capfd.readouterr().err == ""
