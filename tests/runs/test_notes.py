"""Notes of a run are kept, each once."""

import json

import pytest

from keras_uda.core.errors import ArtefactError
from keras_uda.runs.notes import add_note


def test_a_note_is_added_once(tmp_path):
    assert add_note(tmp_path, "a", "text", "warning") and not add_note(tmp_path, "a", "other")
    assert json.loads((tmp_path / "notes.json").read_text()) == [{"key": "a", "text": "text", "level": "warning"}]


def test_notes_of_others_stay(tmp_path):
    (tmp_path / "notes.json").write_text('["by hand"]')
    assert add_note(tmp_path, "a", "text") and not add_note(tmp_path, "a", "other")
    assert json.loads((tmp_path / "notes.json").read_text())[0] == "by hand"


@pytest.mark.parametrize("text", ["{}", "7", "[1", "[" * 100_000, ""])
def test_damaged_notes_are_named_and_stay(tmp_path, text):
    (tmp_path / "notes.json").write_text(text)
    with pytest.raises(ArtefactError, match="notes.json"):
        add_note(tmp_path, "a", "text")
    assert (tmp_path / "notes.json").read_text() == text
