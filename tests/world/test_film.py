"""Exposure, tone curve and saturation: each by its equation."""

import numpy as np
import pytest

from keras_uda.world.film import LUMA
from keras_uda.world.film import saturation_matrix
from keras_uda.world.film import tone_curve


def test_saturation_keeps_luma_and_goes_down_to_grey():
    colour = np.array([180.0, 90.0, 30.0])
    for amount in (0.0, 0.4, 1.0, 1.5):
        seen = saturation_matrix(amount) @ colour
        assert seen @ LUMA == pytest.approx(colour @ LUMA, abs=1e-3)
        assert np.ptp(seen) == pytest.approx(amount * 150, abs=1e-3)


def test_the_tone_curve_follows_its_equation():
    np.testing.assert_array_equal(tone_curve(), np.arange(256))
    x = min(2.0**0.5 * 100 / 255, 1)
    s = x + 0.8 * (x * x * (3 - 2 * x) - x)
    assert tone_curve(contrast=1.1, curve=0.8, exposure=0.5, lift=-5)[100] == int((255 * s - 118) * 1.1 + 118 - 5)


def test_a_clipped_sky_is_white_whatever_the_exposure():
    plain, clipped = (tone_curve(contrast=0.8, exposure=-0.5, clipped=clipped) for clipped in (False, True))
    assert plain[255] < 200 and (clipped[240:] == 255).all()
    np.testing.assert_array_equal(plain[:216], clipped[:216])


def test_a_harsh_curve_spreads_the_middle_and_exposure_blows_out():
    harsh, straight = tone_curve(curve=1.0).astype(int), tone_curve().astype(int)
    assert harsh[160] - harsh[90] > 1.3 * (straight[160] - straight[90])
    assert (tone_curve(exposure=1.0)[128:] == 255).all()
    assert (np.diff(tone_curve(contrast=0.6, curve=-0.5).astype(int)) >= 0).all()
