"""What a configuration costs here: the step and the pipeline that training has."""

import re

import pytest

from keras_uda.__main__ import main
from keras_uda.data import pipeline
from keras_uda.training import timing

SMALL = ["--segmenter.name", "tiny", "--segmenter.weights", "none", "--data.size", "64x48", "--data.batch", "2"]
SMALL += ["--data.source.frames", "4", "--data.target.frames", "4", "--data.target.eval_frames", "2"]


@pytest.mark.slow
@pytest.mark.ci
def test_the_pipeline_is_that_of_training(tmp_path, monkeypatch, capsys):
    """With its crops and colours, which cost more than a mirror."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(timing, "matrix_rate", lambda: 1e9)
    taken, batches = [], pipeline.training_batches

    def recorded(*domains, **options):
        taken.append(options)
        return batches(*domains, **options)

    monkeypatch.setattr(pipeline, "training_batches", recorded)
    assert main(["benchmark", *SMALL, "--method", "minent", "--data.zoom", "2", "--data.jitter", "0.4"]) == 0
    changes = taken[0]["changes"]
    assert (changes.zoom, changes.jitter, taken[0]["batch"]) == (2, 0.4, 2)
    text = capsys.readouterr().out
    assert float(re.search(r"pipeline +([\d.]+) batches/s", text)[1]) > 0 and "minent, tiny, batch 2+2" in text
