"""A disk that is full: exit 6, one line that says so, nothing half-written in place, and the next call works."""

import subprocess

import pytest

from keras_uda.commands import export as export_command
from keras_uda.commands import predict as predict_command
from keras_uda.core.errors import ResourceError
from keras_uda.core.errors import guard
from keras_uda.core.files import resource_errors
from tests.predict.clips import count_frames
from tests.predict.clips import make_clip
from tests.toy_export import toy_exports
from tests.toy_export import toy_run


@pytest.fixture
def small_disk(tmp_path):
    """A folder that holds so many kB, until it is given more."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(kilobytes, options="size={}k"):
        command = ["mount", "-t", "tmpfs", "-o", options.format(kilobytes), "tmpfs", str(place)]
        if subprocess.run(command, capture_output=True).returncode:
            pytest.skip("a disk of its own needs the right to mount")
        return place

    yield mount
    subprocess.run(["umount", "-l", str(place)], capture_output=True)


def told(capsys, call):
    code = guard(call, debug=False)
    return code, capsys.readouterr().err.strip().splitlines()[-1]


def test_what_tensorflow_says_of_a_full_disk_is_not_taken_for_memory(tmp_path):
    class ResourceExhaustedError(Exception):
        pass

    with pytest.raises(ResourceError, match="no space left"), resource_errors(tmp_path):
        raise ResourceExhaustedError("RESOURCE_EXHAUSTED: a/variables.tempstate1; No space left on device")
    with pytest.raises(ResourceExhaustedError), resource_errors(tmp_path):
        raise ResourceExhaustedError("OOM when allocating tensor")


@pytest.mark.parametrize("output", ["out", "out.mp4"])
def test_a_clip_on_a_full_disk(tmp_path, small_disk, capsys, output):
    disk = small_disk(60)
    clip = make_clip(tmp_path / "clip.mp4", frames=40, width=320, height=192)
    arguments = ["--input", str(clip), "--output", str(disk / output), "--model", str(toy_exports() / "model.tflite")]
    code, line = told(capsys, lambda: predict_command.main(arguments))
    assert code == 6 and "no space left on the disk. Free space and run the same command again with --resume." in line
    assert len(line) <= 300
    assert not list(disk.rglob("*.mp4")) and not list(disk.rglob(".tmp-*"))
    small_disk(5000, "remount,size={}k")
    predict_command.main([*arguments, "--resume"])  # as the line says
    assert count_frames(next(disk.rglob("*.mp4"))) == 40


def test_a_folder_on_a_full_disk(tmp_path, small_disk, capsys):
    disk = small_disk(60)
    from tests.predict.test_images import write_images

    folder = write_images(tmp_path / "in", [f"{index:02d}.png" for index in range(20)], [(160, 120)])
    model = str(toy_exports() / "model.tflite")
    arguments = ["--input", str(folder), "--output", str(disk / "out"), "--model", model, "--labels"]
    code, line = told(capsys, lambda: predict_command.main(arguments))
    assert code == 6 and "no space left on the disk" in line and not list(disk.rglob(".tmp-*"))
    done = len(list(disk.rglob("overlays/*.png")))
    small_disk(5000, "remount,size={}k")
    predict_command.main([*arguments, "--resume"])
    assert 0 < done < len(list(disk.rglob("overlays/*.png"))) == 20


@pytest.mark.slow
@pytest.mark.parametrize("kilobytes", [40, 250])  # full in the variables, full in the .tflite file
def test_an_export_on_a_full_disk(small_disk, capsys, kilobytes):
    disk = small_disk(kilobytes)
    arguments = ["--run", str(toy_run()), "--output", str(disk / "new"), "--quantize", "none", "float16", "dynamic"]
    code, line = told(capsys, lambda: export_command.main(arguments))
    assert code == 6 and "no space left on the disk" in line and list(disk.iterdir()) == []
