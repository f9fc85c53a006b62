"""Lists of folders, removing, hashes, and what a disk refuses."""

import errno
import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from keras_uda.artefacts import manifest
from keras_uda.core import files
from keras_uda.core.errors import DataError
from keras_uda.core.errors import ResourceError
from keras_uda.core.errors import UsageError
from keras_uda.core.files import folders_below
from keras_uda.core.files import home_path
from keras_uda.core.files import list_files
from keras_uda.core.files import remove
from keras_uda.core.files import resource_errors
from keras_uda.core.files import sha256
from keras_uda.data.readers.folder_layouts import Tree
from keras_uda.data.readers.folder_layouts import find_place
from keras_uda.data.readers.places import subfolders
from keras_uda.runs.stage_files import StageFiles


def test_scans_take_names_literally_and_end_on_loops(tmp_path):
    names = ["a [1]*?.png", "ümlaut straße.PNG", "new\nline.png"]
    (tmp_path / "sub").mkdir()
    for name in names:
        (tmp_path / "sub" / name).write_bytes(b"")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    assert sorted(path.name for path in list_files(tmp_path, [".png"])) == sorted(names)


def test_a_link_to_itself_is_left_to_its_reader(tmp_path):
    (tmp_path / "x.png").symlink_to(tmp_path / "x.png")
    (tmp_path / "folder").symlink_to("folder")
    (tmp_path / "real").mkdir()
    assert Tree(tmp_path).subfolders(tmp_path) == {"real": "real"} and subfolders(tmp_path) == [tmp_path / "real"]
    assert list_files(tmp_path, [".png"]) == [tmp_path / "x.png"]
    with pytest.raises(DataError, match="x.png: a link that leads to itself"):
        sha256(tmp_path / "x.png")


def test_folders_may_be_nested_deeper_than_calls(tmp_path):
    place, here = tmp_path, os.getcwd()
    try:
        for _ in range(1300):
            (place / "d").mkdir()
            place = place / "d"
        (place / "x.png").touch()
        assert list_files(tmp_path, [".png"]) == [place / "x.png"]
        assert len(list(folders_below(tmp_path))) == 1301 and manifest.size_of(tmp_path) == 0
        assert find_place(tmp_path, "train", ("d",), ("d",)).images == "d"
        os.chdir(place)
        for _ in range(10):  # longer than a path can be
            os.mkdir("n" * 250)
            os.chdir("n" * 250)
        with pytest.raises(ResourceError, match="longer than the system allows"):
            list_files(tmp_path, [".png"])
    finally:
        os.chdir(here)
        subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)


def test_folders_nested_deeper_than_calls_are_removed(tmp_path):
    place = tmp_path / "written"
    for _ in range(1300):
        place.mkdir()
        place = place / "d"
    place.touch()
    assert not StageFiles(tmp_path / "written", {}).open()  # it is of something else
    assert sorted(path.name for path in (tmp_path / "written").iterdir()) == ["identity.json", "written.jsonl"]


def test_a_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(DataError, match="regular"):
        list_files(tmp_path, [".png"])
    assert list_files(tmp_path, [".png"], irregular=True) == [tmp_path / "pipe.png"]


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        list_files(tmp_path / "missing", [".png"])


def test_a_hash_is_that_of_the_content(tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    assert sha256(tmp_path / "file") == hashlib.sha256(b"content").hexdigest()


def test_removing_takes_a_link_and_not_what_it_points_to(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    for name in ("link", "missing"):
        remove(tmp_path / name)
    assert [path.name for path in tmp_path.rglob("*")] == ["kept", "file"]
    remove(tmp_path / "kept")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("code", "text"), [(errno.ENOSPC, "no space"), (errno.EACCES, "no permission")])
def test_what_the_disk_refuses_names_the_place(tmp_path, code, text):
    with pytest.raises(ResourceError, match=f"{tmp_path}: {text}"), resource_errors(tmp_path):
        raise OSError(code, "refused")


def test_a_name_that_no_file_can_have_is_named():
    with pytest.raises(UsageError, match="a name that no file can have"), resource_errors("a\0b"):
        os.mkdir("a\0b")
    with pytest.raises(ValueError, match="own"), resource_errors("a"):
        raise ValueError("own")


def test_the_home_of_nobody_is_told_instead_of_a_defect():
    with pytest.raises(DataError, match="~nobody_here/frames: there is no home folder.*--data.x PATH") as told:
        home_path("~nobody_here/frames", "--data.x")
    assert told.value.exit_code == 3
    assert home_path("frames", "--data.target.root") == Path("frames")


def test_a_remedy_of_ones_own_is_told_where_nothing_can_be_written():
    for code, told in ((errno.EACCES, "Set --data.cache"), (errno.ENOSPC, "Free space")):
        with pytest.raises(ResourceError, match=told), resource_errors("cache", "Set --data.cache DIR"):
            raise OSError(code, "no")


def test_folders_are_not_flushed_where_the_system_flushes_none(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(files.os, "open", lambda *arguments: opened.append(arguments))
    monkeypatch.setattr(files.os, "name", "nt")
    files.sync(tmp_path)
    assert not opened
