"""A call in a process of its own gives what it would give here, also what it raises."""

import errno
import os
import pickle
import subprocess
import sys
import time

import numpy as np
import pytest

from keras_uda.core import apart
from keras_uda.core.apart import Exceeded
from keras_uda.core.apart import Limits
from keras_uda.core.apart import call
from keras_uda.core.apart import limited
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import ResourceError
from tests.conftest import ROOT


def doubled(values):
    print("on the way")
    return 2 * values, os.getpid()


def refuse(name):
    raise ArtefactError(name, "cannot be read", "Write it again")


def fail():
    class Strange(Exception):  # cannot be pickled
        pass

    raise Strange("odd")


def kill_itself():
    os.kill(os.getpid(), 9)


def grow():
    raise MemoryError("std::bad_alloc")


def test_answer_and_output_arrive(capfd):
    values, process = call(doubled, np.arange(3))
    assert values.tolist() == [0, 2, 4] and process != os.getpid()
    assert capfd.readouterr().out == "on the way\n"


def test_an_error_arrives_as_it_was():
    with pytest.raises(ArtefactError) as error:
        call(refuse, "a.h5")
    assert str(error.value) == "a.h5: cannot be read. Write it again." and error.value.remedy == "Write it again"
    with pytest.raises(RuntimeError, match="Strange: odd"):
        call(fail)


class ResourceExhaustedError(Exception):
    pass


def test_a_full_disk_and_too_little_memory_are_told_apart():
    full = apart.portable(ResourceExhaustedError("a/variables.tempstate1; No space left on device"))
    assert isinstance(full, OSError) and full.errno == errno.ENOSPC
    assert isinstance(apart.portable(ResourceExhaustedError("OOM when allocating tensor")), MemoryError)


@pytest.mark.parametrize(("function", "what"), [(kill_itself, "killed by signal 9"), (grow, "std::bad_alloc")])
def test_a_process_without_an_answer_is_named(function, what):
    name = function.__name__.replace("_", " ")
    with pytest.raises(ResourceError, match=f"the process for `{name}`: {what}. Most likely there was too little mem"):
        call(function)


def test_the_process_ends_with_the_one_that_asked(tmp_path):
    (tmp_path / "asked").write_bytes(pickle.dumps((None, time.sleep, (60,))))
    command = [sys.executable, "-m", "keras_uda.core.apart", tmp_path / "asked", tmp_path / "answered"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=ROOT)
    process.stdin.close()  # as if the other one were gone
    assert process.wait(timeout=50) == 1 and not (tmp_path / "answered").exists()


def take(mebibytes):
    return len(bytearray(mebibytes * 2**20))


def compute_for_ever():
    while True:
        pass


def test_limits_of_memory_and_time():
    with pytest.raises(Exceeded, match="more than 200 MiB of memory"):
        limited(Limits(200, 30), take, 300)
    with pytest.raises(Exceeded, match="more than 1 seconds"):
        limited(Limits(200, 1), compute_for_ever)
    with pytest.raises(Exceeded, match="crashed a process, killed by signal 9"):
        limited(Limits(200, 30), kill_itself)
