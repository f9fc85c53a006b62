"""Flicker counts pixels that did not move and changed their class."""

import json

import numpy as np

from keras_uda.predict.video.flicker import Steadiness
from tests.pictures import frame
from tests.predict.calls import run


def test_flicker_counts_changed_labels_of_pixels_that_did_not_move():
    image = np.full((20, 30, 3), 100, "uint8")
    label_map = np.zeros((20, 30), "uint8")
    steadiness = Steadiness()
    assert steadiness.add(image, label_map) == (None, None) and steadiness.flicker is None
    noisy, changed = image + np.uint8(3), label_map.copy()
    changed[:, :3] = 1
    assert steadiness.add(noisy, changed) == (0.1, 1.0)

    moved, other = noisy.copy(), changed.copy()
    moved[:, 15:] = 200
    other[:, 20:] = 5  # these moved: no flicker
    flicker, still = steadiness.add(moved, other)
    assert flicker == 0 and still == 13 / 30  # the mean over 5x5 reaches two pixels further
    assert steadiness.flicker == 60 / (600 + 260) and steadiness.still == 860 / 1200
    assert steadiness.add(moved[:10], other[:10]) == (None, None)
    assert steadiness.add(255 - moved[:10], other[:10]) == (None, 0)


def test_a_still_clip_without_flicker_says_so(tmp_path, capsys):
    import av

    with av.open(str(tmp_path / "still.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 80, 48, "yuv420p"
        for _ in range(4):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame(0, 80, 48), format="rgb24")))
        container.mux(stream.encode())
    run(tmp_path / "still.mp4", tmp_path / "out.mp4", "--hardest", "0")
    record = json.loads((tmp_path / "out_predict" / "predict.json").read_text())
    assert record["steadiness"]["still"] > 0.99 and record["steadiness"]["flicker"] < 0.02
    assert record["hardest"] == [] and not (tmp_path / "out_predict" / "hardest").exists()
    assert "did not move (100 % of all)" in capsys.readouterr().out
