"""Observations survive the process that made them, up to the step that a resumed run starts from."""

from keras_uda.training.callbacks.observations import Observations


def test_a_resumed_run_knows_what_was_observed_up_to_its_step(tmp_path):
    path = tmp_path / "deep" / "stage.json"
    first = Observations(path, 0)
    assert first.lines == []
    for step in (10, 20, 30):
        first.add(step, share=step / 100, accuracy=None)
    resumed = Observations(path, 20)
    assert resumed.of("share") == [0.1, 0.2] and resumed.of("accuracy") == []
    resumed.add(30, share=0.9, accuracy=0.5)
    assert Observations(path, 100).of("share") == [0.1, 0.2, 0.9]


def test_a_damaged_file_is_no_observation(tmp_path):
    (tmp_path / "stage.json").write_text('[{"step": 1')
    assert Observations(tmp_path / "stage.json", 5).lines == []
