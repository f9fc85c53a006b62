"""Shares of classes: of pixels that have a class, and of frames that show it."""

import sys

import cv2
import numpy as np

from keras_uda.data import frequencies


def test_shares_of_pixels_and_frames():
    first = np.array([[0, 0, 0, 255]], np.uint8)
    second = np.array([[0, 2, 2, 2]], np.uint8)
    share, frames = frequencies.frequencies([first, second])
    np.testing.assert_allclose(share[[0, 2, 19]], [400 / 7, 300 / 7, 100 / 8])
    np.testing.assert_allclose(frames[[0, 1, 2, 19]], [100, 0, 50, 50])


def test_the_command_prints_a_column_for_each_look_and_folder(tmp_path, monkeypatch, capsys):
    cv2.imwrite(str(tmp_path / "one.png"), np.full((4, 4), 10, np.uint8))
    monkeypatch.setattr(sys, "argv", ["frequencies", "--looks", "sim", "--frames", "2", "--labels", str(tmp_path)])
    frequencies.main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + 20 and lines[0] == f"| class | `sim` | {tmp_path.name} |"
    assert [line for line in lines if line.startswith("| sky")][0].endswith("| 100.00 / 100 |")
