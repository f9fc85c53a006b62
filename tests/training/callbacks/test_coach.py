"""What the coach notices, reports once, and keeps for the report."""

import json

import numpy as np
import pytest

from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.names import resolve
from keras_uda.training.callbacks import coach
from keras_uda.training.callbacks.coach import Coach
from tests.stages import make_stage
from tests.toy import CLASSES
from tests.toy import toy_batch
from tests.toy import toy_method
from tests.toy import toy_segmenter

NAMES = tuple(f"class {number}" for number in range(CLASSES))


def watching(tmp_path, name="advent", batches=None, first_step=0, trained=True) -> Coach:
    batches = batches or (lambda first, steps: [toy_batch(name)] * steps)
    one = Coach(first_step, make_stage(tmp_path, name, trained=trained, classes=NAMES), batches)
    one.set_model(toy_method(name))
    return one


def seeing(one: Coach, monkeypatch, *accuracies: float) -> Coach:
    """The coach observes these next."""
    observed = iter([(accuracy, np.full(CLASSES, 1 / CLASSES)) for accuracy in accuracies])
    monkeypatch.setattr(one, "observe", lambda: next(observed))
    one.on_train_begin()
    return one


def texts(folder) -> list[str]:
    return [note["text"] for note in json.loads((folder / "notes.json").read_text())]


def test_findings_are_reported_once(tmp_path, capsys):
    for _ in range(2):  # a resumed run knows what was reported
        one = watching(tmp_path)
        for step in range(10, 210, 10):
            one.check_losses(step, {"discriminator_loss": 0.001})
    assert len(texts(tmp_path)) == 1 and "has won" in texts(tmp_path)[0]
    assert capsys.readouterr().err.count("has won") == 1


def test_it_observes_both_domains_without_target_labels(tmp_path):
    one = watching(tmp_path)
    accuracy, shares = one.observe()
    assert 0 <= accuracy <= 1 and shares.shape == (CLASSES,) and shares.sum() == pytest.approx(1)
    assert len(list(one.sample())) == coach.IMAGES // 2


@pytest.mark.parametrize("left_out", ["source", "target"])
def test_a_domain_may_be_absent(tmp_path, left_out):
    def batches(first, steps):
        return [{name: domain for name, domain in toy_batch().items() if name != left_out}] * steps

    accuracy, shares = watching(tmp_path, batches=batches).observe()
    assert (accuracy is None, shares is None) == (left_out == "source", left_out == "target")


def test_observations_become_notes(tmp_path, monkeypatch):
    one = watching(tmp_path)
    there, gone = np.full(CLASSES, 1 / CLASSES), np.array([0.0] + [1 / (CLASSES - 1)] * (CLASSES - 1))
    observed = iter([(0.9, there), (0.7, gone), (0.7, gone)])
    monkeypatch.setattr(one, "observe", lambda: next(observed))
    for step in (10, 20, 30):
        one.after_step(step, {})
    assert any("accuracy on source images is falling" in text for text in texts(tmp_path))
    assert any("`class 0` has vanished" in text for text in texts(tmp_path))


def test_a_fall_right_after_a_trained_start_is_seen(tmp_path, monkeypatch):
    one = seeing(watching(tmp_path), monkeypatch, 0.95, 0.6, 0.6)
    one.after_step(10, {})
    one.after_step(20, {})
    assert "60% of the pixels at step 20, 95% before" in texts(tmp_path)[0]


def test_an_untrained_start_is_not_observed(tmp_path, monkeypatch):
    assert not seeing(watching(tmp_path, trained=False), monkeypatch).observations.lines


def test_a_resumed_run_knows_what_was_seen(tmp_path, monkeypatch):
    """The observation at step 20 was lost with the process that had not saved it."""
    one = seeing(watching(tmp_path), monkeypatch, 0.8, 0.95, 0.2)
    one.after_step(10, {})
    one.after_step(20, {})
    one = seeing(watching(tmp_path, first_step=15), monkeypatch, 0.6, 0.6)
    assert one.observations.of("accuracy") == [0.8, 0.95]
    one.after_step(20, {})
    one.after_step(30, {})
    assert "60% of the pixels at step 30, 95% before" in texts(tmp_path)[0]


def test_a_resumed_run_knows_the_losses(tmp_path):
    lines = [{"stage": "adapt", "step": step, "discriminator_loss": 0.001} for step in range(10, 110, 10)]
    lines.append({"stage": "before", "step": 10, "discriminator_loss": 0.5})
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    one = watching(tmp_path, first_step=95)
    one.check_losses(100, {"discriminator_loss": 0.001})
    assert "has won" in texts(tmp_path)[0]


@pytest.mark.parametrize(
    ("name", "chance"),
    [("advent", "0.69, and 0.2 to 0.5 is healthy"), ("proda_warmup", "0.25)"), ("lsdseg", "1.4)")],
)
def test_every_discriminator_has_its_own_chance_loss(tmp_path, name, chance):
    one = watching(tmp_path, name)
    for step in range(10, 110, 10):
        one.check_losses(step, {"discriminator_loss": 0.001})
    assert f"cannot tell the domains apart at {chance}" in texts(tmp_path)[0]


@pytest.mark.parametrize(("name", "chance"), [("adaptsegnet", 0.25), ("weaklabel", 0.125)])
def test_least_squares_discriminators_have_a_lower_chance_loss(name, chance):
    kind = resolve(EVERY_METHOD, name, "methods")
    assert kind(toy_segmenter(), least_squares=True).chance_loss == chance
    assert kind(toy_segmenter()).chance_loss == pytest.approx(np.log(2))


def test_remarks_of_a_method_are_noted(tmp_path):
    one = watching(tmp_path, "fcns_wild")
    one.on_train_begin()
    one.on_train_begin()
    assert len(texts(tmp_path)) == 1 and "stand-in" in texts(tmp_path)[0]


@pytest.mark.parametrize(("loss", "text"), [(0.66, "learnt little from it"), (0.1, "close to winning"), (0.35, None)])
def test_a_discriminator_out_of_its_range_is_noted_at_the_end(tmp_path, loss, text, capsys):
    one = watching(tmp_path)
    for step in range(10, 310, 10):
        one.check_losses(step, {"discriminator_loss": loss if step > 100 else 0.69, "adversarial": 0.7 + step / 1000})
    one.check_whole_stage()
    found = texts(tmp_path) if (tmp_path / "notes.json").exists() else []
    assert len(found) == (text is not None) and all(text in one for one in found)
    assert not capsys.readouterr().err


def test_a_short_stage_is_not_judged(tmp_path):
    one = watching(tmp_path)
    for step in range(10, 100, 10):
        one.check_losses(step, {"discriminator_loss": 0.69, "adversarial": 0.7})
    one.check_whole_stage()
    assert not (tmp_path / "notes.json").exists()


def test_an_adversarial_loss_that_gives_in_is_noted(tmp_path):
    one = watching(tmp_path)
    for step in range(10, 610, 10):
        one.check_losses(step, {"discriminator_loss": 0.4, "adversarial": 0.9 if step < 300 else 0.2})
    one.check_whole_stage()
    assert "fell from 0.9 to 0.2" in texts(tmp_path)[0]
