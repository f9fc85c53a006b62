"""What is printed cannot command a terminal, and progress says how far it is."""

import os

import pytest

from keras_uda.core import console


def test_what_a_terminal_would_obey_is_escaped():
    assert console.printable("a\x1b[2J\x9bb\u202e街") == "a\\x1b[2J\\x9bb\\u202e街"
    assert console.printable("a\nb\tc", "\n") == "a\nb\\tc"


def test_lines_and_texts(capsys):
    console.say("two\nlines\r")
    console.say_line("one\nline")
    assert capsys.readouterr().out == "two\nlines\\r\none\\nline\n"


def test_a_warning_is_one_line_on_stderr(capsys):
    console.warn("first\n  second \x1b[31m")
    captured = capsys.readouterr()
    assert captured.err == "warning: first second \\x1b[31m\n" and captured.out == ""


def test_what_the_terminal_cannot_encode_is_escaped(monkeypatch, capsysbinary):
    class Terminal:
        encoding = "ascii"

    printed = []
    monkeypatch.setattr(console.sys, "stdout", Terminal())
    monkeypatch.setattr("builtins.print", lambda text, **_: printed.append(text))
    console.say("街 a")
    assert printed == ["\\u8857 a"]


@pytest.mark.parametrize(("loud", "heard"), [(None, "after"), ("1", "insideafter")])
def test_quiet_silences_what_is_written_below_python(capfd, monkeypatch, loud, heard):
    if loud is None:
        monkeypatch.delenv("KERAS_UDA_LOUD", raising=False)
    else:
        monkeypatch.setenv("KERAS_UDA_LOUD", loud)
    with console.quiet():
        os.write(2, b"inside")
    os.write(2, b"after")
    assert capfd.readouterr().err == heard


def test_stderr_comes_back_when_the_block_fails(capfd, monkeypatch):
    monkeypatch.delenv("KERAS_UDA_LOUD", raising=False)
    with pytest.raises(RuntimeError), console.quiet():
        raise RuntimeError
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0:00"), (59.6, "1:00"), (75, "1:15"), (3599.5, "1:00:00"), (3700, "1:01:40")]
)
def test_durations(seconds, text):
    assert console.duration(seconds) == text


def test_progress_without_a_terminal_is_a_line_at_the_end_and_every_ten_seconds(capsys, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: clock[0])
    with console.Progress(40, "training\n", start=10) as bar:
        bar.update(15)
        clock[0] += 11
        bar.update(20, "loss 1.0")
        bar.update(21)
        bar.update(40)
    assert capsys.readouterr().out.splitlines() == [
        "training\\n 20/40, 0:22 left loss 1.0",
        "training\\n 40/40, 0:00 left",
    ]


def test_progress_over_items_yields_them_all(capsys):
    assert list(console.progress(iter("abc"), "reading", 3)) == ["a", "b", "c"]
    assert "reading 3/3" in capsys.readouterr().out


def test_a_terminal_gets_a_bar(monkeypatch):
    monkeypatch.setattr(console.sys.stderr, "isatty", lambda: True, raising=False)
    with console.Progress(3, "[brackets] of a name") as bar:
        bar.update(2, "note")
        (task,) = bar._bar.tasks
        assert (task.completed, task.total, task.description, task.fields["note"]) == (
            2,
            3,
            "[brackets] of a name",
            "note",
        )


@pytest.mark.parametrize(("text", "label"), [("a b", "a b"), ("\x1b[1m", "\\x1b[1m"), ("x" * 99, "x" * 59 + "…")])
def test_a_label_is_one_short_printable_line(text, label):
    assert console.shortened(text) == label
