"""SIGTERM ends every command with one line and exit code 143, whatever the command is doing."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from keras_uda.core import signals
from keras_uda.core.errors import DataError
from keras_uda.core.errors import Interrupted
from keras_uda.core.errors import Terminated
from keras_uda.core.errors import guard
from keras_uda.core.signals import end_on_sigterm
from tests.conftest import ROOT


def terminate(*_):
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(5)  # the signal is taken in here


def swallows():
    try:
        terminate()
    except BaseException:
        pass


def fails_of_it():
    try:
        terminate()
    except BaseException as error:
        raise ImportError("a module of C that was interrupted") from error


def leaves():
    try:
        terminate()
    except BaseException:
        sys.exit(0)


@pytest.mark.parametrize("main", [terminate, swallows, fails_of_it, leaves])
def test_it_is_143_whatever_a_library_makes_of_it(main, capsys):
    before = signal.getsignal(signal.SIGTERM)
    assert guard(lambda: end_on_sigterm(main), debug=False) == 143
    line = "error: SIGTERM: stopped by a signal. Run the same command again to continue.\n"
    assert capsys.readouterr().err == line and signal.getsignal(signal.SIGTERM) is before


def test_a_command_may_say_how_it_goes_on(capsys):
    def stopped():
        try:
            terminate()
        except KeyboardInterrupt:
            raise Interrupted(signal.SIGTERM, "clip.mp4", "Use --resume") from None

    assert guard(lambda: end_on_sigterm(stopped), debug=False) == 143
    assert capsys.readouterr().err == "error: clip.mp4: stopped by a signal. Use --resume.\n"


def test_what_is_open_is_closed(tmp_path):
    from keras_uda.core.atomic import atomic_folder

    def write():
        with atomic_folder(tmp_path / "new"):
            terminate()

    with pytest.raises(Terminated):
        end_on_sigterm(write)
    assert list(tmp_path.iterdir()) == []


def test_other_errors_and_other_threads_are_as_they_were():
    def fail():
        raise DataError("a", "b", "c")

    with pytest.raises(DataError):
        end_on_sigterm(fail)
    done = []
    thread = threading.Thread(target=end_on_sigterm, args=[lambda: done.append(1)])
    thread.start()
    thread.join()
    assert done == [1]


STUBBORN = """
import time
from keras_uda.core import signals
from keras_uda.core.errors import guard
signals.GRACE_SECONDS = {}
def stubborn():
    while True:
        try:
            print("there", flush=True)
            time.sleep(60)
        except BaseException:
            print("still there", flush=True)
raise SystemExit(guard(lambda: signals.end_on_sigterm(stubborn), debug=False))
"""


@pytest.mark.parametrize(("grace", "signals_sent"), [(0.2, 1), (60, 2)])
def test_what_does_not_end_is_ended(grace, signals_sent):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": ROOT}
    with subprocess.Popen([sys.executable, "-c", STUBBORN.format(grace)], **pipes) as process:
        for line in ["there\n", "still there\n"][:signals_sent]:
            assert process.stdout.readline() == line
            process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 143
    assert errors.count("\n") == (signals_sent == 1) and "Traceback" not in errors


def test_a_closed_stderr_stops_nothing():
    code = "from keras_uda.core.signals import end_on_sigterm; end_on_sigterm(lambda: print('done'))"
    command = ["sh", "-c", '"$0" -c "$1" 2>&-', sys.executable, code]
    assert subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout == "done\n"


@pytest.mark.parametrize("verb", ["doctor", "train", "export", "predict", "weak-labels", "evaluate", "report"])
def test_every_verb_is_under_it(verb, monkeypatch, capsys):
    from keras_uda import __main__ as program

    monkeypatch.setattr(program.importlib, "import_module", terminate)  # the signal comes among the imports
    assert program.main([verb]) == 143
    assert "SIGTERM: stopped by a signal" in capsys.readouterr().err


def test_a_process_that_works_for_another_leaves_signals_to_it():
    code = "import os, signal; from keras_uda.core.signals import ignore_signals; ignore_signals();"
    code += "os.kill(os.getpid(), signal.SIGTERM); os.kill(os.getpid(), signal.SIGINT)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
    assert signals.GRACE_SECONDS < 10  # the patience of containers
