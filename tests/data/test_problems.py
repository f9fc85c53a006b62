"""One error for many bad files: a few on its line, all of them in its notes."""

from pathlib import Path

from keras_uda.data.problems import LISTED
from keras_uda.data.problems import Problem
from keras_uda.data.problems import data_error


def problems(count):
    return [Problem(f"{number}.png", "truncated") for number in range(count)]


def test_the_first_are_on_the_line_and_all_in_the_notes():
    error = data_error("/data", problems(5), 9, "Repair them")
    assert str(error) == (
        "/data: 5 of 9 files cannot be used: 0.png (truncated); 1.png (truncated); 2.png (truncated); and 2 more. "
        "Repair them."
    )
    assert error.__notes__ == [f"{number}.png: truncated" for number in range(5)] and error.problems == problems(5)


def test_few_need_no_list():
    listing = Path("/cache/bad.txt")
    assert "more" not in str(data_error("/data", problems(3), 9, "Repair them", listing))
    assert "bad.txt" not in str(data_error("/data", problems(3), 9, "Repair them", listing))
    assert "(list: /cache/bad.txt)" in str(data_error("/data", problems(4), 9, "Repair them", listing))


def test_notes_are_limited():
    assert len(data_error("/data", problems(LISTED + 7), LISTED + 7, "Repair them").__notes__) == LISTED
