"""Domains beside the target: they are there before training, and scored without the oracle."""

import dataclasses

import numpy as np
import pytest

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.method_spec import method_facts
from keras_uda.config.schema import EvaluationConfig
from keras_uda.config.schema import RunConfig
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UdaError
from keras_uda.data.domains import Domains
from keras_uda.data.ledger import LabelLedger
from keras_uda.evaluation.also import require_also
from keras_uda.evaluation.also import runs_also
from keras_uda.evaluation.also import scores_also
from keras_uda.evaluation.counting import Scored
from keras_uda.segmenters.inference import Prediction
from tests.data import making


@pytest.fixture
def run(tmp_path):
    """A target, and two other folders with three labelled frames each."""
    folders = {"name": "folder", "size": "64x32"}
    making.make_folder(tmp_path / "target")
    for name, seed in (("north", 20), ("south", 40)):
        making.make_folder(tmp_path / name, ["x", "y", "z"], split="val", seed=seed)
    also = tuple(DomainConfig(**folders, root=str(tmp_path / name)) for name in ("north", "south"))
    data = DataConfig(target=DomainConfig(**folders, root=str(tmp_path / "target"), eval_split="train"))
    return RunConfig(data=data, evaluation=EvaluationConfig(also=also, merge={"wall": "building"}))


def always(number: int) -> Scored:
    """A model that calls every pixel the same."""

    def predictions(frames):
        for name, image, label in frames:
            yield Prediction(name, image, label, np.full(label.shape, number, "uint8"), None, None)

    return Scored(predictions, steps=7)


def test_each_is_scored_with_its_own_frames_and_without_the_oracle(run):
    found = scores_also(run, {"adapted": always(2), "source_only": always(0), "oracle": always(1)})
    assert list(found) == ["north", "south"]
    for label, seed in (("north", 20), ("south", 40)):
        entry = found[label]
        assert set(entry) == {"adapted", "source_only", "change"}
        labels = np.stack([making.ids(seed + number, [0, 2, 8, 10, 13, 255]) for number in range(3)])
        share = (labels == 2).sum() / (labels != 255).sum()
        assert entry["adapted"]["per_class_iou"]["building"] == pytest.approx(share)
        assert entry["adapted"]["miou"] == pytest.approx(share / 5)
        assert entry["change"] == pytest.approx(entry["adapted"]["miou"] - entry["source_only"]["miou"])


def test_what_belongs_to_the_target_is_left_out(run):
    config = runs_also(run)["north"]
    assert config.evaluation == EvaluationConfig() and config.data.target == run.evaluation.also[0]


def test_a_baseline_alone_has_no_change(run):
    found = scores_also(run, {"oracle": always(0)})
    assert set(found["north"]) == {"oracle", "change"} and found["north"]["change"] is None


def test_frames_without_labels_are_refused_before_training(run, tmp_path):
    making.make_folder(tmp_path / "bare", ["v"], split="val", labels=False)
    also = (dataclasses.replace(run.evaluation.also[0], root=str(tmp_path / "bare")),)
    bare = dataclasses.replace(run, evaluation=dataclasses.replace(run.evaluation, also=also))
    with pytest.raises(DataError, match="has no labels to score on"):
        require_also(bare, Domains(bare.data, LabelLedger()), [])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"root": "/away"}, "^/away: no such folder. Check --evaluation.also.1.root.$"),
        ({"root": None}, "^evaluation.also.1.root: `folder` needs a folder. Give --evaluation.also.1.root.$"),
        ({"merge": {"van": "car"}, "class_map": "away.yaml"}, "^evaluation.also.1.class_map: `away.yaml` is neither"),
    ],
)
def test_what_is_wrong_with_one_of_them_names_it(run, changes, words, capsys):
    also = (run.evaluation.also[0], dataclasses.replace(run.evaluation.also[1], **changes))
    bad = dataclasses.replace(run, evaluation=dataclasses.replace(run.evaluation, also=also))
    with pytest.raises(UdaError, match=words):
        require_also(bad, Domains(bad.data, LabelLedger()), [])
    assert "warning" not in capsys.readouterr().err


def test_frames_that_are_trained_on_are_refused(run):
    source = dataclasses.replace(run.evaluation.also[1], split="val")
    shared = dataclasses.replace(run, data=dataclasses.replace(run.data, source=source))
    shared = dataclasses.replace(
        shared, data=dataclasses.replace(shared.data, target=dataclasses.replace(run.data.target, eval_split="none"))
    )
    with pytest.raises(DataError, match="also to score on"):
        require_also(shared, Domains(shared.data, LabelLedger()), [method_facts("source_only")])
