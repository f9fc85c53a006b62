"""The log of a run is read whatever a kill or a disk did to it."""

from keras_uda.runs.metrics_log import read_metrics


def test_damaged_lines_of_a_log_are_dropped(tmp_path, capsys):
    log = tmp_path / "metrics.jsonl"
    log.write_bytes(b'{"stage": "adapt", "step": 10}\n\xff\x00\n[1]\n3\n{"step": 20}\n{"stage": "adapt", "st')
    assert read_metrics(log) == [{"stage": "adapt", "step": 10}]
    assert capsys.readouterr().err.count("damaged line") == 5
