"""What a run folder holds for its report besides scores: notes, sections, pictures."""

import pytest
from PIL import Image

from keras_uda.report import extras
from keras_uda.report.inputs import Inputs
from tests.fake_run import write_json


def test_notes_of_people_and_of_callbacks_are_shown(tmp_path):
    write_json(tmp_path / "notes.json", ["all well", {"text": "gone", "level": "warning"}, {"level": "note"}, 7])
    write_json(tmp_path / "run.json", {"status": "finished"})
    assert extras.notes(Inputs(tmp_path)) == [
        {"text": "all well", "level": "note"},
        {"text": "gone", "level": "warning"},
    ]


def test_a_run_that_is_not_finished_is_noted_first(tmp_path):
    write_json(tmp_path / "notes.json", ["all well"])
    write_json(tmp_path / "run.json", {"status": "interrupted"})
    first, second = extras.notes(Inputs(tmp_path))
    assert first["level"] == "warning" and "interrupted" in first["text"] and second["text"] == "all well"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pictures").mkdir()
    for name in ("a.png", "b.png", "c.txt"):
        Image.new("RGBA", (20, 10)).save(tmp_path / "pictures" / name, "PNG")
    (tmp_path / "pictures" / "broken.jpg").write_bytes(b"no picture")
    return tmp_path


def test_pictures_without_a_section_stand_at_the_end(folder):
    write_json(folder / "sections" / "2.json", {"title": "Second", "pictures": ["pictures/a.png"]})
    write_json(folder / "sections" / "1.json", {"title": "First", "rows": [["x", None]]})
    write_json(folder / "sections" / "3.json", {"text": "no title"})
    write_json(folder / "pictures" / "captions.json", {"b.png": "a caption"})
    first, second, last = extras.sections(Inputs(folder))
    assert (first["title"], second["title"], last["title"]) == ("First", "Second", "More pictures")
    assert [one["name"] for one in second["pictures"]] == ["a.png"]
    assert [(one["name"], one["caption"]) for one in last["pictures"]] == [
        ("b.png", "a caption"),
        ("broken.jpg", "broken"),
    ]
    assert "address" in last["pictures"][0] and "address" not in last["pictures"][1]


def test_pictures_are_embedded_while_there_is_room(folder, monkeypatch):
    monkeypatch.setattr(extras, "PICTURE_BYTES", 900)
    (section,) = extras.sections(Inputs(folder))
    assert ["address" in one for one in section["pictures"]] == [True, False, False]
