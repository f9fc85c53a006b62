"""The factors of the learning rate against their published values."""

import keras
import numpy as np
import pytest

from keras_uda.config.names import SCHEDULES
from keras_uda.config.names import resolve
from keras_uda.optimizers.schedules import Schedule
from keras_uda.optimizers.schedules import linear_decay
from keras_uda.optimizers.schedules import linear_warm_up
from keras_uda.optimizers.schedules import polynomial
from tests.conftest import assert_matches
from tests.conftest import load_vectors


@pytest.mark.parametrize(
    ("step", "rate"), [(0, 2.5e-4), (10_000, 2.40981730e-4), (120_000, 1.38785156e-4), (150_000, 1.09595823e-4)]
)
def test_known_rates(step, rate):
    assert float(2.5e-4 * polynomial(step, 250_000, power=0.9)) == pytest.approx(rate, rel=1e-6)


def test_the_rate_ends_at_zero_and_power_0_keeps_it():
    assert float(polynomial(12, 10, power=0.9)) == 0.0
    assert float(polynomial(9, 10, power=0.0)) == 1.0
    assert float(polynomial(9, 9, power=1.0, horizon=2.0)) == 0.5


def test_published_polynomial_rates():
    arrays, meta = load_vectors("advent_lr_poly")
    rates = [base * float(polynomial(step, end, power=power)) for base, step, end, power in arrays["in_table"]]
    assert_matches(rates, arrays, meta, "out_lr")
    assert_matches(10 * np.array(rates), arrays, meta, "out_lr_head")


def test_the_rate_stays_and_then_falls_in_a_line():
    rates = [float(linear_decay(step, 10, start=0.5)) for step in range(12)]
    np.testing.assert_allclose(rates, [1] * 6 + [0.8, 0.6, 0.4, 0.2, 0, 0], atol=1e-6)
    assert float(linear_decay(3, 4, start=0.0)) == 0.25


def test_warm_up_matches_its_equation_and_ends_exactly():
    for step in range(12):
        expected = 1 - (1 - step / 8) * (1 - 0.05) if step < 8 else 1.0
        assert float(linear_warm_up(step, 16, share=0.5, ratio=0.05)) == pytest.approx(expected, rel=1e-6)
    assert float(linear_warm_up(0, 16, share=0.5, ratio=1e-6)) == np.float32(1e-6)
    assert all(float(linear_warm_up(step, 16, share=0.5, ratio=0.3)) == 1.0 for step in (8, 9, 100))


def test_published_warm_up():
    arrays, meta = load_vectors("adamw_warmup")
    published = meta["hyper"]["published"]
    warm_up = {"share": published["warmup_iters"] / published["max_iter"], "ratio": published["warmup_ratio"]}
    factors = {"polynomial": {"power": published["power"]}, "linear_warm_up": warm_up}
    schedules = [Schedule(initial, published["max_iter"], factors) for initial in (published["lr"], 1.0)]
    rates, shares = ([float(schedule(step)) for step in arrays["in_iterations"]] for schedule in schedules)
    assert_matches(rates, arrays, meta, "out_published_rates")
    assert_matches(shares, arrays, meta, "out_published_factors")
    # The tolerance of the file is larger than the first rates: they are compared as ratios too.
    np.testing.assert_allclose(rates[:3], arrays["out_published_rates"][:3], rtol=1e-5)


def test_factors_multiply_in_any_order_and_none_keeps_the_rate():
    factors = {"polynomial": {"power": 1.0}, "linear_warm_up": {"share": 0.5, "ratio": 0.5}}
    assert float(Schedule(0.2, 10, factors)(2)) == pytest.approx(0.2 * 0.8 * 0.7)
    assert float(Schedule(0.2, 10, dict(reversed(factors.items())))(2)) == pytest.approx(0.2 * 0.8 * 0.7)
    assert float(Schedule(0.2, 10, {})(7)) == np.float32(0.2)


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_factor_stays_between_0_and_1(name):
    factor = resolve(SCHEDULES, name, "optimizers")
    values = [float(factor(step, 50)) for step in range(60)]
    assert 0 <= min(values) < max(values) <= 1


def test_config_rebuilds_the_schedule():
    schedule = Schedule(0.1, 10, {"polynomial": {"power": 1.0}})
    again = keras.optimizers.schedules.deserialize(
        keras.optimizers.schedules.serialize(schedule), {"Schedule": Schedule}
    )
    assert float(again(5)) == float(schedule(5)) and again.get_config() == schedule.get_config()
