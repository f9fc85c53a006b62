"""The jobs of docs/scaling.md: shells and parsers take them, every worker has its TF_CONFIG, the command is valid."""

import json
import os
import re
import shlex
import subprocess

import pytest
from ruamel.yaml import YAML

from keras_uda.commands import train
from keras_uda.config.command_line import run_config
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "scaling.md").read_text()


def block(language: str) -> str:
    (text,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
    return text


def fake(folder, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/bash\n{script}\n")
    path.chmod(0o755)


def shown(script: str, folder, **environment) -> tuple[dict, list[str]]:
    """What a script would start: TF_CONFIG, and the words after the verb."""
    fake(folder, "python", 'printf "%s\\n" "$TF_CONFIG"; printf "%q " "$@"')
    search = {"PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-eu", "-c", script], env=environment | search, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    config, words = done.stdout.splitlines()
    words = shlex.split(words)
    return json.loads(config), words[words.index("--strategy") :]


def check(config: dict, words: list[str], workers: list[str], index: int, folder: str) -> None:
    assert config == {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
    run, flags = run_config(train.parser(), words)
    assert run.strategy == "multiworker" and run.data.batch % len(workers) == 0
    assert words[words.index("--output") + 1] == folder and flags is not None


@pytest.mark.parametrize("index", [0, 2])
def test_slurm(tmp_path, index):
    nodes = ["node07", "node08", "node11"]
    fake(tmp_path, "scontrol", f'[ "$*" = "show hostnames node[07-08,11]" ] && printf "%s\\n" {" ".join(nodes)}')
    fake(tmp_path, "srun", 'shift; exec "$@"')  # after its own option
    given = {"SLURM_JOB_NODELIST": "node[07-08,11]", "SLURM_PROCID": str(index)}
    config, words = shown(block("bash"), tmp_path, **given)
    check(config, words, [f"{node}:12345" for node in nodes], index, f"runs/uda/worker-{index}")
    options = dict(line.partition("=")[::2] for line in re.findall("#SBATCH --(.*)", block("bash")))
    assert options["nodes"] == "3" and options["ntasks-per-node"] == "1" and "requeue" in options


@pytest.mark.parametrize("index", [0, 2])
def test_kubernetes(tmp_path, index):
    service, job = YAML(typ="safe").load_all(block("yaml"))
    spec, pod = job["spec"], job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert (service["kind"], job["kind"], spec["completionMode"]) == ("Service", "Job", "Indexed")
    assert service["spec"]["clusterIP"] == "None" and pod["subdomain"] == service["metadata"]["name"]
    assert spec["completions"] == spec["parallelism"] == 3 and pod["restartPolicy"] == "OnFailure"
    assert container["volumeMounts"][0]["name"] == pod["volumes"][0]["name"]
    assert container["command"] == ["bash", "-c"]
    config, words = shown(container["args"][0], tmp_path, JOB_COMPLETION_INDEX=str(index))
    check(config, words, [f"uda-{number}.uda:12345" for number in range(3)], index, f"uda/worker-{index}")
