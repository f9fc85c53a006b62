"""Notes of a run are kept, each once."""

import json
import os

import pytest

from keras_uda.runs.notes import add_note


def test_a_note_is_added_once(tmp_path):
    assert add_note(tmp_path, "a", "text", "warning") and not add_note(tmp_path, "a", "other")
    assert json.loads((tmp_path / "notes.json").read_text()) == [{"key": "a", "text": "text", "level": "warning"}]


def test_notes_of_others_stay(tmp_path):
    (tmp_path / "notes.json").write_text('["by hand"]')
    assert add_note(tmp_path, "a", "text") and not add_note(tmp_path, "a", "other")
    assert json.loads((tmp_path / "notes.json").read_text())[0] == "by hand"


@pytest.mark.parametrize("text", ["{}", "7", "[1", "[" * 100_000, ""])
def test_damaged_notes_are_put_aside(tmp_path, capsys, text):
    (tmp_path / "notes.json").write_text(text)
    assert add_note(tmp_path, "a", "text")
    assert (tmp_path / "damaged-notes.json").read_text() == text
    assert [note["key"] for note in json.loads((tmp_path / "notes.json").read_text())] == ["a"]
    assert "put aside as damaged-notes.json" in capsys.readouterr().err


def test_a_pipe_in_place_of_notes_ends_at_once(tmp_path):
    os.mkfifo(tmp_path / "notes.json")
    assert add_note(tmp_path, "a", "text") and not add_note(tmp_path, "a", "text")
