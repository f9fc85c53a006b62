"""Large frames in windows: every pixel is seen, the surest window names it."""

import numpy as np
import pytest
from PIL import Image

from keras_uda.core.errors import UsageError
from keras_uda.predict.windows import merge_windows
from keras_uda.predict.windows import starts
from keras_uda.predict.windows import taper
from keras_uda.predict.windows import windows_of_any_size
from tests.predict.calls import run
from tests.toy_export import frame


@pytest.mark.parametrize("length", [8, 9, 15, 16, 17, 100])
@pytest.mark.parametrize("overlap", [0, 0.25, 0.9])
def test_windows_cover_the_frame_and_share_what_was_asked(length, overlap):
    places = starts(length, 8, overlap)
    assert places[0] == 0 and places[-1] == length - 8
    assert all(0 < step <= max(1, int(8 * (1 - overlap))) for step in np.diff(places))


def test_merging_is_the_argmax_of_confidence_times_taper():
    random = np.random.default_rng(0)
    image = random.integers(0, 256, (13, 21, 3)).astype("uint8")

    def run(window):
        return window[..., 0] % 7, window[..., 1] ^ window[0, 0, 2]  # depends on where the window lies

    label_map, confidence = merge_windows(image, run, (8, 6), 0.5)
    weight = taper(6, 8)
    for y, x in np.ndindex(13, 21):
        best = (-1,)
        for top in starts(13, 6, 0.5):
            for left in starts(21, 8, 0.5):
                if top <= y < top + 6 and left <= x < left + 8:
                    labels, sure = run(image[top : top + 6, left : left + 8])
                    place = y - top, x - left
                    best = max(
                        best, ((sure[place] + 1.0) * weight[place], labels[place], sure[place]), key=lambda b: b[0]
                    )
        assert best[1:] == (label_map[y, x], confidence[y, x])


def test_taper_falls_towards_all_edges():
    np.testing.assert_allclose(taper(3, 4), np.outer([0.5, 1, 0.5], [0.5, 1, 1, 0.5]))


@pytest.mark.parametrize(("shape", "windows"), [((6, 8), 1), ((20, 30), 25), ((3, 30), 10), ((30, 3), 20), ((1, 1), 2)])
def test_every_size_comes_back_in_its_size(shape, windows):
    seen = []

    def run(window):
        seen.append(window.shape)
        return window[..., 0], np.full(window.shape[:2], 200, "uint8")

    image = np.full((*shape, 3), 5, "uint8")
    label_map, confidence = windows_of_any_size(run, (8, 6), 0.25)(image)
    assert label_map.shape == confidence.shape == shape and set(seen) == {(6, 8, 3)}
    assert (label_map == 5).all() and (confidence == 200).all()
    assert len(seen) == windows


def test_windows_of_a_large_frame_are_finer_than_the_whole(tmp_path):
    from keras_uda.predict.pictures import read_label

    Image.fromarray(frame(0, 200, 150)).save(tmp_path / "a.png")
    run(tmp_path / "a.png", tmp_path / "whole.png", "--labels")
    run(tmp_path / "a.png", tmp_path / "windows.png", "--labels", "--window")
    whole, windows = (read_label(tmp_path / f"{name}_labels.png") for name in ("whole", "windows"))
    assert whole.shape == windows.shape == (150, 200) and (whole != windows).any()


def test_a_call_with_windows_is_not_continued_without_them(tmp_path):
    (tmp_path / "in").mkdir()
    Image.fromarray(frame(0)).save(tmp_path / "in" / "a.png")
    run(tmp_path / "in", tmp_path / "out", "--window", "0.5")
    with pytest.raises(UsageError, match="begun with window 0.5"):
        run(tmp_path / "in", tmp_path / "out", "--resume")
