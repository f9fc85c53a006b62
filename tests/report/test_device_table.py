"""The table and the picture of devices are made of rows alone."""

from keras_uda.report.device_table import device_figure
from keras_uda.report.device_table import device_markdown

ROW = {"export": "a", "network": "tiny", "size": "64x48", "file": "model.tflite", "milliseconds": 4.0, "ratio": 1.0}
ROW |= {"megabytes": 0.5, "memory_mib": 50.0, "agreement": 1.0, "miou": 0.4, "checked_on": "frames"}
TRAINED = "dacs, 9 steps, from imagenet"
ROW["trained"] = TRAINED
PLACE = {"processor": "some", "threads": 2, "commit": None, "versions": {"keras": "3.15"}, "turns": None}


def test_a_row_has_its_ratio_and_its_scores():
    quick = ROW | {"file": "model_int8.tflite", "milliseconds": 1.0, "ratio": 0.25, "miou": None, "agreement": 0.985}
    table = device_markdown(PLACE | {"rows": [ROW, quick]})
    assert f"| tiny | {TRAINED} | 64x48 | `model.tflite` | 40.0 | 1.00 | 4.0 | 0.50 | 50 | 100.00 |" in table
    assert f"| tiny | {TRAINED} | 64x48 | `model_int8.tflite` | n/a | 0.25 | 1.0 | 0.50 | 50 | 98.50 |" in table
    assert "some, 2 threads, commit unknown; keras 3.15." in table and "in a process of its own" in table


def test_ratios_in_turns_have_their_quartiles():
    quick = ROW | {"file": "model_int8.tflite", "ratio": 0.25, "low": 0.24, "high": 0.281}
    table = device_markdown(PLACE | {"rows": [quick], "turns": 30})
    assert "| 0.25 (0.24 to 0.28) | 4.0 |" in table and "in 30 turns, so that\nother work" in table


def test_every_file_with_a_score_is_a_point_at_its_time():
    quick = ROW | {"file": "model_int8.tflite", "milliseconds": 1.0, "miou": 0.39}
    axes = device_figure([ROW, quick, ROW | {"miou": None}]).axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["tiny, 64x48", "float32", "int8"]
    points = [tuple(map(float, line.get_xydata()[0])) for line in axes.lines if len(line.get_xydata())]
    assert points == [(4.0, 40.0), (1.0, 39.0)]


def test_nothing_is_drawn_of_exports_without_labels():
    assert device_figure([ROW | {"miou": None}]) is None
