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
    assert len(lines) == 2 + 20 and lines[0] == f"| class | `sim` | {tmp_path} | Cityscapes |"
    assert [line for line in lines if line.startswith("| sky")][0].split("|")[3] == " 100.00 / 100 "


def test_labels_in_the_ids_of_a_class_map(tmp_path):
    cv2.imwrite(str(tmp_path / "a_labelIds.png"), np.full((4, 4), 7, np.uint8))  # road in Cityscapes' ids
    cv2.imwrite(str(tmp_path / "a_instanceIds.png"), np.full((4, 4), 23, np.uint8))
    share, frames = frequencies.frequencies(frequencies.files_of(f"{tmp_path}:cityscapes"))
    assert share[0] == frames[0] == 100 and share[1:].sum() == 0


def test_published_weights_give_shares_that_sum_to_one():
    share, frames = frequencies.cityscapes()
    np.testing.assert_allclose(share[:19].sum(), 100)
    assert 36 < share[0] < 38 and 3.5 < share[10] < 4.5 and 0.05 < share[17] < 0.15 and 8 < share[19] < 15
    assert np.isnan(frames).all()
