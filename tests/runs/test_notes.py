"""Notes of a run are kept, each once."""

import json

from keras_uda.runs.notes import add_note


def test_a_note_is_added_once(tmp_path):
    assert add_note(tmp_path, "a", "text", "warning") and not add_note(tmp_path, "a", "other")
    assert json.loads((tmp_path / "notes.json").read_text()) == [{"key": "a", "text": "text", "level": "warning"}]


def test_notes_of_others_stay(tmp_path):
    (tmp_path / "notes.json").write_text('["by hand"]')
    assert add_note(tmp_path, "a", "text") and not add_note(tmp_path, "a", "other")
    assert json.loads((tmp_path / "notes.json").read_text())[0] == "by hand"
