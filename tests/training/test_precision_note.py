"""Half precision that costs time is told, with its factor, in one line; what costs none is not."""

import dataclasses

import pytest
import tensorflow as tf

from keras_uda.config.schema import RunConfig
from keras_uda.training import precision_note
from tests.stages import make_stage


@pytest.fixture
def told(tmp_path, monkeypatch):
    """What is said of a precision on a device of which is known: units, and the factor of a product."""
    run = make_stage(tmp_path).run

    def tell(precision: str, units: bool, factor: float | None) -> str | None:
        def measured(dtype):
            assert factor is not None, "nothing is to be measured"
            return factor

        monkeypatch.setattr(precision_note, "multiplies_bfloat16", lambda: units)
        monkeypatch.setattr(precision_note, "product_factor", measured)
        return precision_note.precision_note(dataclasses.replace(run, precision=precision))

    return tell


@pytest.mark.parametrize("precision", ["auto", "float32"])
def test_nothing_is_measured_where_nothing_slow_can_be_meant(told, precision):
    assert told(precision, False, None) is None


def test_bfloat16_without_units_is_told_whatever_the_factor(told):
    assert "no bfloat16 units, a matrix product takes 3.4 times as long" in told("mixed_bfloat16", False, 3.42)
    assert "0.9 times" in told("mixed_bfloat16", False, 0.9)


def test_what_is_clearly_slower_is_told_units_or_not(told):
    line = told("mixed_bfloat16", True, 1.6)
    assert "1.6 times" in line and "units" not in line and "\n" not in line
    assert "--precision mixed_float16: on this device, a matrix product takes 2.0" in told("mixed_float16", False, 2.0)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_what_is_no_slower_is_not_told(told, precision):
    assert told(precision, True, 0.5) is None and told(precision, True, 1.1) is None


def test_the_factor_is_of_the_times_of_a_product(monkeypatch):
    clock = iter([0, 9, 10, 19, *(t for turn in range(1, 5) for t in (20 * turn, 20 * turn + 2, 0, 3 + turn))])
    monkeypatch.setattr(precision_note, "SIDE", 4)
    monkeypatch.setattr(precision_note.time, "perf_counter", lambda: float(next(clock)))
    assert precision_note.product_factor("bfloat16") == 2.0


def test_measuring_draws_nothing(monkeypatch):
    monkeypatch.setattr(precision_note, "SIDE", 8)
    drawn = []
    for measure in (False, True):
        tf.keras.utils.set_random_seed(3)
        if measure:
            precision_note.product_factor("float16")
        drawn.append(float(tf.random.uniform(())))
    assert drawn[0] == drawn[1]


def test_one_line_on_stderr(told, capsys, tmp_path):
    told("mixed_bfloat16", False, 4.0)
    run: RunConfig = dataclasses.replace(make_stage(tmp_path / "other").run, precision="mixed_bfloat16")
    precision_note.warn_of_slow_precision(run)
    error = capsys.readouterr().err
    assert error.startswith("warning: --precision mixed_bfloat16") and error.count("\n") == 1
