"""Streams of labelled frames: what is shown when, and what counts."""

import numpy as np

from keras_uda.evaluation.streams import AS_IT_IS
from keras_uda.evaluation.streams import TIMES
from keras_uda.evaluation.streams import Showing
from keras_uda.evaluation.streams import black
from keras_uda.evaluation.streams import matrices_of
from keras_uda.evaluation.streams import night
from keras_uda.evaluation.streams import same
from keras_uda.evaluation.streams import scenes


def rows_of(shown):
    return {row: [one.frame for one in shown if one.row == row] for row in dict.fromkeys(one.row for one in shown)}


def test_every_stream_begins_with_the_first_frame_and_ends_with_the_last():
    whole, still, dark, covered = scenes(9)
    assert rows_of(whole) == {AS_IT_IS: list(range(9))}
    assert [one.frame for one in still] == [0, 1, 2, 3, *[4] * TIMES, 5, 6, 7, 8]
    assert rows_of(still)[f"shown {TIMES} times, the last"] == [4] and rows_of(still)["after that"] == [5, 6, 7, 8]
    assert [one.frame for one in dark] == [one.frame for one in covered] == list(range(9))
    assert rows_of(dark) == {None: [0, 1, 2], "night": [3, 4, 5], "after night": [6, 7, 8]}
    assert rows_of(covered) == {None: [0, 1, 2, 3, 4, 5], "after black frames": [6, 7, 8]}
    assert [one.look for one in covered] == [same] * 3 + [black] * 3 + [same] * 3


def test_night_is_dark_blue_noisy_and_the_same_every_time():
    image = np.full((20, 30, 3), 255, "uint8")
    dark = night(image)
    np.testing.assert_array_equal(dark, night(image))
    np.testing.assert_allclose(dark.mean((0, 1)), 255 * 0.15 * np.array([0.8, 0.9, 1.2]), atol=0.5)
    assert 1.5 < dark.std((0, 1)).max() < 3.5 and not black(image).any()


def test_scores_are_of_what_is_shown_in_order_at_the_size_of_the_labels():
    image, label = np.zeros((4, 6, 3), "uint8"), np.ones((8, 12), "uint8")
    label[0] = 255
    frames, calls = [("a", image, label), ("b", image + 9, label)], []

    def run(images):
        calls.append(int(images.max()))
        return np.full(images.shape[:3], 2 if images.max() else 0, "uint8"), None

    shown = [Showing(1, black, None), Showing(0, same, "x"), Showing(1, same, "x"), Showing(1, black, "y")]
    found = matrices_of(run, frames, shown, np.array([0, 1, 1], "uint8"))
    assert calls == [0, 0, 9, 0] and list(found) == ["x", "y"]
    assert found["x"][1].tolist() == [84, 84, 0] and found["y"][1].tolist() == [84, 0, 0]
