"""The command of a cell holds what decides its numbers, and no path of the machine that it ran on."""

import pytest

from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import configs_folder
from keras_uda.config.command_line import run_config
from keras_uda.config.parser import Parser
from keras_uda.evaluation.cell_origin import command_of
from keras_uda.evaluation.cell_origin import pair_of


def parsed(*arguments: str):
    parser = Parser()
    add_run_flags(parser)
    return run_config(parser, list(arguments))[0]


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        (
            "python -m keras_uda train --config /configs/sim_to_camvid/dacs.yaml --output o --data.target.root /camvid",
            "python train.py --config configs/sim_to_camvid/dacs.yaml --data.target.root CAMVID",
        ),
        ("python train.py --steps 30 --data.cache=/c --seed=2", "python train.py --steps 30 --seed 2"),
        ("python train.py --config /home/me/mine.yaml", "python train.py --config mine.yaml"),
    ],
)
def test_places_are_taken_out_of_a_recorded_command(recorded, expected):
    assert command_of(parsed(), recorded, "sim_to_street") == expected


def test_the_pair_is_the_folder_of_the_configuration_or_the_domains():
    camvid = str(configs_folder() / "sim_to_camvid" / "dacs.yaml")
    run = parsed("--config", camvid, "--data.target.root", "/data/CamVid")
    assert pair_of(run, f"python train.py --config {camvid}") == pair_of(run, None) == "sim_to_camvid"
    assert pair_of(run, f"python train.py --config={camvid}") == "sim_to_camvid"
    assert pair_of(parsed(), "python train.py") == "sim_to_street"


def test_a_damaged_command_is_none():
    run = parsed("--method", "minent")
    assert pair_of(run, "python train.py --config 'x") == "sim_to_street"
    assert command_of(run, "python 'train.py", "sim_to_street") == command_of(run, None, "sim_to_street")


def test_without_a_recorded_command_it_is_made_of_what_differs(tmp_path):
    camvid = str(configs_folder() / "sim_to_camvid" / "dacs.yaml")
    flags = ["--seed", "4", "--stages.adapt.arguments.surest", "0.5", "--data.target.root", "/data/camvid"]
    run = parsed("--config", camvid, *flags)
    words = command_of(run, None, "sim_to_camvid").split()
    assert words[:4] == ["python", "train.py", "--config", "configs/sim_to_camvid/dacs.yaml"]
    again = [word.replace("CAMVID", "/data/camvid").replace("configs/", f"{configs_folder()}/") for word in words[2:]]
    assert parsed(*again) == run
    assert command_of(parsed("--method", "minent"), None, "sim_to_street") == (
        "python train.py --config configs/sim_to_street/minent.yaml"
    )
