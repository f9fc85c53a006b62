"""Images and labels that belong together, and what does not."""

import json
import os
import time

import pytest

from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.data.readers.exclusion import split_choice
from keras_uda.data.readers.pairing import lines_of
from keras_uda.data.readers.pairing import no_orphans
from keras_uda.data.readers.pairing import select_listed
from tests.data import making
from tests.data.making import domain
from tests.data.making import names
from tests.data.making import refuse


def test_missing_partners_are_all_listed(tmp_path):
    making.make_folder(tmp_path)
    for name in ("0001", "0003", "0005", "0006"):
        (tmp_path / "labels/train" / f"{name}.png").unlink()
    error = refuse(tmp_path)
    assert "4 of 8" in str(error) and "0001.png (no label)" in str(error) and "1 more" in str(error)
    assert error.__notes__ == [f"{name}.png: no label" for name in ("0001", "0003", "0005", "0006")]
    (tmp_path / "images/train/0007.png").unlink()
    assert "0007.png (no image)" in str(refuse(tmp_path))


def test_two_files_of_one_stem_are_refused_and_two_folders_are_not(tmp_path):
    making.make_folder(tmp_path, ["cam1/0001", "cam2/0001"])
    assert names(domain(tmp_path)) == ["cam1/0001.png", "cam2/0001.png"]
    making.save(tmp_path / "images/train/cam1/0001.jpg", making.picture(0))
    assert "same stem" in str(refuse(tmp_path))


def test_links_and_pipes(tmp_path):
    making.make_folder(tmp_path / "elsewhere", ["a"])
    making.make_folder(tmp_path / "root", ["b"])
    for kind in ("images", "labels"):
        os.symlink(tmp_path / "root" / kind, tmp_path / "root" / kind / "train" / "loop")
        os.symlink(tmp_path / "elsewhere" / kind / "train", tmp_path / "root" / kind / "train" / "out")
    assert names(domain(tmp_path / "root")) == ["b.png", "out/a.png"]
    os.mkfifo(tmp_path / "root/images/train/pipe.png")
    assert "not a regular file" in str(refuse(tmp_path / "root"))


@pytest.mark.parametrize("choice", ["bad.txt", "stats.json:frames"])
def test_exclude_names_a_list(tmp_path, choice):
    making.make_folder(tmp_path, ["a", "b", "c"])
    (tmp_path / "bad.txt").write_text("a\nc.png\n")
    (tmp_path / "stats.json").write_text(json.dumps({"frames": ["a", "c"]}))
    assert names(domain(tmp_path, exclude=choice)) == ["b.png"]
    with pytest.raises(UsageError, match="no list `other`"):
        domain(tmp_path, exclude="stats.json:other")
    assert "no such file" in str(refuse(tmp_path, exclude="gone.txt"))


def test_names_with_colons_are_files(tmp_path):
    for name in ("bad:list.txt", "stats.json", "a"):
        (tmp_path / name).touch()
    cases = {
        "bad:list.txt": ("bad:list.txt", ""),
        "stats.json:test": ("stats.json", "test"),
        "a:test": ("a", "test"),
        "C:\\bad.txt": ("C:\\bad.txt", ""),
        "C:\\lists.json:bad": ("C:\\lists.json", "bad"),
        "gone.txt": ("gone.txt", ""),
    }
    for choice, expected in cases.items():
        assert split_choice(tmp_path, choice) == expected


def test_lists_that_are_pipes_or_endless_end_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    os.symlink("/dev/zero", tmp_path / "endless.txt")
    for name in ("pipe.txt", "endless.txt"):
        with pytest.raises(DataError, match="not a regular file. Write one image name per line"):
            lines_of(tmp_path / name)


def test_many_names_without_a_partner_are_listed_soon(tmp_path):
    images = {f"a{number}": tmp_path / f"a{number}.png" for number in range(20_000)}
    labels = {f"b{number}": tmp_path / f"b{number}.png" for number in range(20_000)}
    began = time.process_time()
    with pytest.raises(DataError, match="20000"):
        no_orphans(images, labels, tmp_path)
    (tmp_path / "list.txt").write_text("\n".join(labels))
    with pytest.raises(DataError, match="20000"):
        select_listed(images, tmp_path / "list.txt", tmp_path)
    assert time.process_time() - began < 20  # each was a search among all names: some minutes
