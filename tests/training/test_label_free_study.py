"""Finished runs beside their true mIoU: what is compared with what, and what is not measured twice."""

import json
import re
import shutil

import pytest

from keras_uda.__main__ import main
from keras_uda.config.stored import read_run_config
from keras_uda.core.errors import UsageError
from keras_uda.evaluation.label_free import SCORES
from keras_uda.runs.folder import RunFolder
from keras_uda.training import label_free_study
from keras_uda.training.label_free_study import earlier_cells
from keras_uda.training.label_free_study import partner_of
from keras_uda.training.label_free_study import summary
from keras_uda.training.label_free_study import what_is_shared
from tests.config.helpers import parse
from tests.training.test_selection import SMALL
from tests.training.test_selection import read


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("study")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(place / "cache"))
        patch.chdir(place)
        for name, *flags in (["alone", "--method", "source_only"], ["adapted"]):
            assert main(["train", *SMALL, *flags, "--output", name]) == 0
        other = shutil.copytree(place / "adapted", place / "other") / "config.yaml"
        other.write_text(re.sub("^seed: 0$", "seed: 3", other.read_text(), flags=re.MULTILINE))
        assert read_run_config(place / "other").seed == 3
        yield place


def a_cell() -> dict:
    scores = dict.fromkeys(SCORES, 0.5)
    mirror = {"iou": [0.5, 0.25], "large": [0, 1]}
    pair = {"run": "b", "miou": 0.2, "scores": scores, "difference": scores, "mirror": mirror}
    return {"run": "a", "sha256": "0", "target": "t", "miou": 0.3, "scores": scores, "mirror": mirror, "pair": pair}


@pytest.mark.parametrize(
    "change",
    [{"scores": {}}, {"mirror": {"iou": [0.5], "large": [1]}}, {"mirror": {"iou": [0.5], "large": []}}]
    + [{"pair": a_cell()["pair"] | more} for more in ({"difference": {}}, {"mirror": {"iou": [1.0], "large": [-1]}})],
)
def test_a_file_of_other_scores_is_refused(tmp_path, change):
    output = tmp_path / "scores.json"
    for cells in ([], [a_cell()], [a_cell() | {"pair": None}]):
        output.write_text(json.dumps({"cells": cells}))
        assert summary(earlier_cells(output))["cells"] == cells
    output.write_text(json.dumps({"cells": [a_cell(), a_cell() | change]}))
    with pytest.raises(UsageError, match="other scores"):
        earlier_cells(output)


def judge(*runs: str) -> int:
    return main(["select", "--runs", *runs, "--against-labels", "--output", "scores.json"])


@pytest.mark.slow
@pytest.mark.ci
def test_runs_are_compared_with_source_only_of_their_seed_and_measured_once(place, capsys, monkeypatch):
    assert judge("alone", "adapted", "other") == 0
    content = read(place / "scores.json")
    adapted, other = content["cells"]
    assert adapted["run"] == "adapted" and adapted["pair"]["run"] == "alone" and other["pair"] is None
    assert adapted["miou"] == read(place / "adapted" / "evaluation.json")["adapted"]["miou"]
    assert adapted["pair"]["miou"] == pytest.approx(read(place / "alone" / "evaluation.json")["source_only"]["miou"])
    assert set(adapted["scores"]) == set(adapted["pair"]["difference"]) == set(content["correlations"])
    for name in ("density", "mirror_agreement"):
        expected = adapted["scores"][name] - adapted["pair"]["scores"][name]
        assert adapted["pair"]["difference"][name] == pytest.approx(expected)
    assert (place / "scores.png").exists() and "| mirror_iou |" in capsys.readouterr().out
    monkeypatch.setattr(label_free_study, "cell_of", None)  # nothing is measured again
    assert judge("alone", "adapted", "other") == 0
    assert read(place / "scores.json")["cells"] == content["cells"]


@pytest.mark.slow
@pytest.mark.ci
def test_a_run_is_compared_with_what_it_started_from(place):
    run = read_run_config(place / "adapted")
    (stage,) = run.stages.values()
    object.__setattr__(stage, "weights", "elsewhere")
    assert str(partner_of(RunFolder("adapted"), run, [RunFolder("alone")])) == "elsewhere"


def test_source_only_learnt_from_the_same_images():
    run = parse("--seed", "3")
    assert what_is_shared(run) == what_is_shared(parse("--seed", "3", "--data.target.name", "street_motorway"))
    others = [["--data.source.frames", "900"], ["--data.source.world_seed", "1"], ["--data.size", "128x96"]]
    for flags in [*others, ["--data.sources", "[{name: sim}, {name: street}]"]]:
        assert what_is_shared(run) != what_is_shared(parse("--seed", "3", *flags))


@pytest.mark.slow
@pytest.mark.ci
def test_mistakes(place, capsys):
    assert main(["select", "--runs", "adapted", "--output", "x.json"]) == 2
    assert main(["select", "--against-labels", "--output", "x.json"]) == 2
    assert main(["select", "--runs", "adapted", "--against-labels", "--output", "x"]) == 2
    assert main(["select", "--runs", "nowhere", "--against-labels", "--output", "x.json"]) == 2
    assert main(["select", "--runs", "alone", "--against-labels", "--output", "x.json"]) == 2
    assert "nowhere is not a finished run" in capsys.readouterr().err and not (place / "x.json").exists()


@pytest.mark.slow
@pytest.mark.ci
def test_the_file_is_strict_json(place):
    judge("alone", "adapted", "other")
    json.loads((place / "scores.json").read_text(), parse_constant=lambda name: pytest.fail(name))
