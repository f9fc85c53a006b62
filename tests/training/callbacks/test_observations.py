"""Observations survive the process that made them, up to the step that a resumed run starts from."""

import pytest

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


@pytest.mark.parametrize(
    "text",
    [
        '[{"step": 1',
        "{}",
        "7",
        "[1]",
        '[{"step": "1"}]',
        '[{"step": 1, "share": "x"}]',
        "[" * 100_000,
        '[{"share": 1}]',
    ],
)
def test_a_damaged_file_is_no_observation_and_is_warned_of(tmp_path, capsys, text):
    (tmp_path / "stage.json").write_text(text)
    assert Observations(tmp_path / "stage.json", 5).lines == []
    assert "damaged; what was observed before step 5 is not known" in capsys.readouterr().err


def test_lists_of_numbers_are_observations(tmp_path):
    Observations(tmp_path / "stage.json", 0).add(1, shares=[0.5, 0.5], accuracy=None)
    assert Observations(tmp_path / "stage.json", 5).of("shares") == [[0.5, 0.5]]
