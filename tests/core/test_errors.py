"""Errors of users are one short line with an exit code."""

import pytest

from keras_uda import __main__ as main
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UdaError
from keras_uda.core.errors import did_you_mean
from keras_uda.core.errors import guard
from keras_uda.core.errors import one_line
from keras_uda.core.errors import placed


def test_errors_are_one_short_line():
    line = one_line(UdaError("a\nb", "x" * 500, "Do this"))
    assert "\n" not in line and len(line) <= 300 and line.startswith("error: a b: ") and line.endswith("Do this.")


@pytest.mark.parametrize(
    ("raised", "code"), [(DataError("a", "b", "c"), 3), (KeyboardInterrupt(), 130), (ValueError("x"), 1)]
)
def test_guard_returns_the_exit_code(raised, code, capsys):
    def fail():
        raise raised

    assert guard(fail, debug=False) == code
    captured = capsys.readouterr().err
    assert captured.count("\n") == 1 and "Traceback" not in captured


def test_an_error_of_the_system_keeps_its_file(capsys):
    def fail():
        open("/missing/file")

    assert guard(fail, debug=False) == 3
    assert capsys.readouterr().err == "error: /missing/file: no such file or folder. Check the path.\n"


def test_what_tensorflow_says_of_a_full_disk_is_no_memory(capsys):
    class ResourceExhaustedError(Exception):
        pass

    def fail(text):
        raise ResourceExhaustedError(text)

    assert guard(lambda: fail("{{node WriteSummary}} a.v2; No space left on device"), debug=False) == 6
    assert "the disk: no space left on the disk" in capsys.readouterr().err
    assert guard(lambda: fail("OOM when allocating tensor"), debug=False) == 6
    assert "error: memory: not enough" in capsys.readouterr().err


def test_the_remedy_for_a_word_names_the_nearest_one():
    assert did_you_mean("advnt", ["advent", "cbst"]) == "Did you mean `advent`?"
    assert did_you_mean("x", ["advent", "cbst"]) == "Choose one of advent, cbst"


@pytest.mark.parametrize(
    ("verb", "words"),
    [("train", "Lower --data.batch or --data.size."), ("doctor", "End other programs, or take a mach")],
)
def test_the_remedy_for_too_little_memory_is_one_that_the_verb_has(verb, words, monkeypatch, capsys):
    def fail(_):
        raise MemoryError

    monkeypatch.setattr(main, "_dispatch", fail)
    assert main.main([verb]) == 6
    assert words in capsys.readouterr().err


def test_an_error_names_the_key_that_it_is_about():
    with pytest.raises(DataError) as found, placed({"data.*": "data.sources.1"}):
        raise DataError("data.*.root", "nothing below data.*.root", "Correct data.*.root")
    assert str(found.value) == "data.sources.1.root: nothing below data.sources.1.root. Correct data.sources.1.root."
    assert found.value.where == "data.sources.1.root" and found.value.exit_code == 3
    with placed({}):
        pass
