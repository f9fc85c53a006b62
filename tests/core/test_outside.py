"""The door: what is no regular file of a possible size is refused before it is read, in one line that names it."""

import os
import socket
import stat
from pathlib import Path

import pytest

from keras_uda.core import outside
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import DataError
from keras_uda.core.errors import ResourceError
from keras_uda.core.errors import UsageError
from keras_uda.core.outside import appended
from keras_uda.core.outside import inside
from keras_uda.core.outside import is_there
from keras_uda.core.outside import open_own
from keras_uda.core.outside import opened
from keras_uda.core.outside import read_bytes
from keras_uda.core.outside import read_text
from keras_uda.core.outside import require_regular
from tests.nobody import as_nobody

unix = pytest.mark.skipif(os.name == "nt", reason="pipes and devices of Unix")


def refusal(call, kind=DataError):
    with pytest.raises(kind) as found:
        call()
    assert type(found.value) is kind
    return found.value.what


def readers(path):
    yield lambda: read_bytes(path, 100)
    yield lambda: read_text(path, 100)
    yield lambda: require_regular(path, 100)
    yield lambda: opened(path, 100).__enter__()


def test_files_and_folders_that_may_not_be_read_are_named(tmp_path, monkeypatch):
    """R3: a library would say it in words of its own, and a folder that nobody may look into is not empty."""
    monkeypatch.chdir(tmp_path)  # the folders above it are for their owner alone
    tmp_path.chmod(0o755)
    file, folder = Path("file"), Path("folder")
    folder.mkdir()
    folder.chmod(0o755)
    for place in (file, folder / "file"):
        place.write_text("x")
    file.chmod(0)
    with as_nobody():
        assert is_there(folder / "file") and not any(map(is_there, (folder / "missing", file / "below", "a\0b")))
    folder.chmod(0)
    with as_nobody():
        for call in readers(file):
            assert refusal(call, ResourceError) == "no permission to read it"
        assert refusal(lambda: is_there(folder / "file"), ResourceError) == "no permission to read it"
    folder.chmod(0o755)


def irregular(folder):
    """A path and what is wrong with it."""
    folder.joinpath("folder").mkdir()
    yield folder / "folder", "a folder where a file is needed"
    yield folder / "missing", "no such file"
    yield folder / "x" / ".." / "y", "no such file"
    yield folder / ("n" * 300), "a name longer than files can have"
    yield f"{folder}/a\0b", "a name that no file can have"
    yield f"{folder}/a\ud800b", "a name that no file can have"
    with (folder / "sparse").open("wb") as stream:
        stream.truncate(5_000_000_000)
    yield folder / "sparse", "larger than 100 bytes"
    (folder / "file").write_text("x")
    yield folder / "file" / "below", "no such file"


@unix
def special(folder):
    os.mkfifo(folder / "pipe")
    yield folder / "pipe", "a pipe, not a regular file"
    (folder / "to_pipe").symlink_to(folder / "pipe")
    yield folder / "to_pipe", "a pipe, not a regular file"
    (folder / "loop").symlink_to(folder / "loop")
    yield folder / "loop", "a link that leads to itself"
    (folder / "dangling").symlink_to(folder / "nothing")
    yield folder / "dangling", "no such file"
    (folder / "zero").symlink_to("/dev/zero")
    yield folder / "zero", "a device, not a regular file"
    listening = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(folder)  # names of sockets are short
    listening.bind("socket")
    os.chdir(here)
    yield folder / "socket", "a socket, not a regular file"
    listening.close()


def test_what_is_no_regular_file_is_refused(tmp_path):
    for path, what in irregular(tmp_path):
        assert [refusal(call) for call in readers(path)] == [what] * 4


@unix
def test_pipes_devices_and_loops_are_refused_at_once(tmp_path):
    for path, what in special(tmp_path):
        assert [refusal(call) for call in readers(path)] == [what] * 4


@unix
def test_a_pipe_that_comes_in_between_does_not_block(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    os.mkfifo(tmp_path / "pipe")
    before = os.stat(tmp_path / "file")
    monkeypatch.setattr(outside.os, "stat", lambda path: before)
    assert refusal(lambda: read_bytes(tmp_path / "pipe", 100)) == "a pipe, not a regular file"


@unix
def test_a_file_without_a_size_is_read_no_further_than_it_may_be():
    assert stat.S_ISREG(os.stat("/proc/self/smaps").st_mode) and os.stat("/proc/self/smaps").st_size == 0
    assert refusal(lambda: read_bytes("/proc/self/smaps", 100)) == "larger than 100 bytes"


def test_the_largest_size_is_the_last_that_is_read(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100)
    assert read_bytes(path, 100) == b"x" * 100 and require_regular(path, 100) == 100
    assert refusal(lambda: read_bytes(path, 99)) == "larger than 99 bytes"
    assert refusal(lambda: read_text(path, 99)) == "larger than 99 bytes"


def test_the_caller_names_the_class_and_the_remedy(tmp_path):
    for kind in (UsageError, ArtefactError):
        with pytest.raises(kind, match=r"none: no such file. Look for it\."):
            read_bytes(tmp_path / "none", 9, error=kind, remedy="Look for it")


def test_text_has_no_mark_and_bad_bytes_are_refused_or_marked(tmp_path):
    path = tmp_path / "file"
    path.write_bytes("\ufeffgrün".encode())
    assert read_text(path) == "grün"
    path.write_bytes(b"a\xffb")
    assert refusal(lambda: read_text(path)) == "not a UTF-8 text file"
    assert read_text(path, damaged="replace") == "a\ufffdb"


def test_what_the_block_raises_passes(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(FileNotFoundError), opened(tmp_path / "file"):
        open(tmp_path / "another")
    with pytest.raises(ValueError, match="own"), opened(tmp_path / "file"):
        raise ValueError("own")


def test_a_disk_that_fails_is_a_resource_error(tmp_path, monkeypatch):
    def fail(path):
        raise PermissionError(13, "denied", str(path))

    monkeypatch.setattr(outside.os, "stat", fail)
    refusal(lambda: read_bytes(tmp_path / "file", 9), ResourceError)


def test_nothing_leads_out_of_a_folder(tmp_path):
    folder = tmp_path / "run"
    (folder / "in").mkdir(parents=True)
    (folder / "link").symlink_to(folder / "in")
    (folder / "out").symlink_to(tmp_path)
    (folder / "loop").symlink_to(folder / "loop")
    for name in ("in", "in/a.png", "link/a.png", "missing.png", "loop"):
        assert inside(folder, name) == folder / name
    for name in (
        "/etc/passwd",
        "../a",
        "in/../../a",
        "in/../a",
        "out",
        "out/a",
        ".",
        "",
        "a\0b",
        "a\ud800",
        None,
        7,
        ["a"],
    ):
        with pytest.raises(DataError):
            inside(folder, name)
    refusal(lambda: inside(folder, "/etc/passwd", error=ArtefactError), ArtefactError)


@pytest.mark.parametrize("kind", ["link", "loop", "dangling", "pipe", "folder", "device"])
def test_what_is_written_is_a_file_of_its_own(tmp_path, kind):
    mine, place = tmp_path / "mine", tmp_path / "place"
    mine.write_text("precious")
    targets = {"link": mine, "loop": place, "dangling": tmp_path / "nothing", "device": "/dev/full"}
    if kind in targets:
        place.symlink_to(targets[kind])
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        place.mkdir()

    def append():
        with appended(place) as stream:
            stream.write("more")

    for write in (append, lambda: open_own(place, os.O_RDWR)):
        with pytest.raises(ResourceError, match="place: a .*, and this file is written. Remove it"):
            write()
    assert mine.read_text() == "precious" and not (tmp_path / "nothing").exists()


def test_text_is_appended_to_a_file_that_is_made(tmp_path):
    for text in ("one\n", "zwei \u00fc\n"):
        with appended(tmp_path / "log") as stream:
            stream.write(text)
    assert (tmp_path / "log").read_text(encoding="utf-8") == "one\nzwei \u00fc\n"
    with pytest.raises(ResourceError), appended(tmp_path / "log" / "below"):
        pass
