"""Points on top of methods: the equation, whose pass it takes, hosts that it is not for, the configuration."""

from types import SimpleNamespace

import numpy as np
import pytest

from keras_uda.config.method_spec import reads_of
from keras_uda.config.method_spec import weak_kind
from keras_uda.core.errors import ConfigurationError
from keras_uda.core.errors import UsageError
from keras_uda.methods.add_ons.points import Points
from keras_uda.methods.add_ons.points import unaltered
from keras_uda.ops.resize import upsample
from tests.everyday import everyday
from tests.methods.add_ons.test_base import counted_calls
from tests.toy import step_losses
from tests.toy import toy_batch
from tests.toy import toy_method
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter
from tests.training.test_run import parsed

POINTS = [[[3, 5, 1], [30, 39, 0], [-1, -1, -1]], [[-1, -1, -1]] * 3]  # two in the first image, none in the second


def stepped(host: str, points=None, levels: int = 1, **options):
    """(method, what it logs, losses of its parts) after one step; without points, of the method alone."""
    method = toy_method(host, toy_segmenter(levels, batch_norm=False), compiled=False)
    batch = toy_batch(host)
    if points is not None:
        method.add_ons = (Points(method, **options),)
        batch["target"]["points"] = np.array(points, "int32")
    method.compile(toy_optimizers(method), run_eagerly=True)
    return method, *step_losses(method, batch)


def slow_loss(logits: np.ndarray, points: list) -> float:
    """Mean over images of the mean over their points, 0 without one."""
    of_images = []
    for one, entries in zip(logits, points, strict=True):
        errors = [np.log(np.exp(one[r, c]).sum()) - one[r, c, name] for r, c, name in entries if name >= 0]
        of_images.append(np.mean(errors) if errors else 0.0)
    return float(np.mean(of_images))


@pytest.mark.parametrize("host", everyday(["advent", "dacs", "proda_distil"]))
def test_the_loss_is_its_equation(host):
    images = toy_batch(host)["target"]["image"].astype("float32")
    logits = upsample(toy_segmenter(batch_norm=False)(images)["logits"], images).numpy()
    (_, plain, without), (_, logged, losses) = stepped(host), stepped(host, POINTS, weights=(3.0,))
    assert logged["points"] == pytest.approx(slow_loss(logits, POINTS), rel=1e-5)
    assert losses["segmenter"] == pytest.approx(without["segmenter"] + 3 * logged["points"], rel=1e-5)
    assert {name: logged[name] for name in plain} == pytest.approx(plain)


def test_every_level_has_its_weight():
    images = toy_batch("advent")["target"]["image"].astype("float32")
    outputs = toy_segmenter(2, batch_norm=False)(images)
    main, aux = (slow_loss(upsample(outputs[name], images).numpy(), POINTS) for name in ("logits", "aux_logits"))
    (_, _, without), (_, _, losses) = (stepped("advent", points, 2) for points in (None, POINTS))
    assert losses["segmenter"] == pytest.approx(without["segmenter"] + main + 0.1 * aux, rel=1e-5)


@pytest.mark.parametrize(("host", "further"), everyday([("advent", 0), ("cbst", 0), ("proda", 1), ("dacs", 1)]))
def test_it_makes_a_pass_only_where_the_images_themselves_had_none(host, further, monkeypatch):
    counts = []
    for points in ([[[1, 1, 1]]] * 2, None):
        method = toy_method(host, toy_segmenter(), compiled=False)
        batch = toy_batch(host)
        if points:
            method.add_ons, batch["target"]["points"] = (Points(method),), np.array(points, "int32")
        method.compile(toy_optimizers(method), run_eagerly=True)
        calls = counted_calls(method.segmenter, monkeypatch)
        method.train_step(batch)
        counts.append(len(calls))
    assert counts[0] - counts[1] == further


def test_altered_images_are_not_what_the_points_count_in():
    images, made = np.zeros((2, 4, 4, 3)), []
    method = SimpleNamespace(further_pass=lambda images: made.append(images) or "a further pass")
    for shown, wanted in ((images, None), (images[:, :2], "a further pass"), (images.copy(), "a further pass")):
        one = SimpleNamespace(images=shown)
        step = SimpleNamespace(batch={"target": {"image": images}}, passes={"target": one}, method=method)
        assert unaltered(step) == (wanted or one)
    assert all(shown is images for shown in made) and len(made) == 2


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("source_only", "Points needs `target_image`, which SourceOnly does not have"),
        ("adabn", "which AdaBN does not train"),
        ("oracle", "Points reads points, but Oracle has the label of every target pixel"),
    ],
)
def test_methods_that_it_is_not_for(host, words):
    with pytest.raises(ConfigurationError, match=words):
        Points(toy_method(host))


def test_batches_hold_points_only_for_a_stage_that_has_it():
    run = parsed("--method", "cbst", "--add-ons", "points")
    reads = {name: [one for one in ("weak", "points") if one in reads_of(stage)] for name, stage in run.stages.items()}
    assert reads.popitem()[1] == ["points"] and not any(reads.values())


@pytest.mark.parametrize(
    "flags",
    [
        ["--add-ons", "points"],
        ["--add-ons", "points", "--weak", "point"],
        ["--add-ons", "points", "--data.weak_labels", "tags.csv", "--data.weak_points", "0"],
        ["--add-ons", "points", "--data.weak_points", "3", "--data.weak_images", "5"],
    ],
)
def test_points_come_from_where_those_of_weaklabel_come_from(flags):
    run = parsed("--method", "dacs", *flags)
    assert weak_kind(run) == "point" and run.stages["adapt"].arguments.get("weak") is None


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--method", "source_only", "--add-ons", "points"], "needs `target_image`, but source_only has"),
        (["--method", "adabn", "--add-ons", "points"], "adabn trains no segmenter"),
        (["--method", "oracle", "--add-ons", "points"], "reads points, but oracle has the label of every target pixel"),
        (["--method", "dacs", "--add-ons", "points", "--data.weak_points", "0"], "weak_points: 0, but .* from points"),
        (["--method", "dacs", "--add-ons", "points", "--weak", "oracle"], "no meaning for .* Use --method weaklabel"),
        (["--method", "dacs", "--weak", "point"], "Use --method weaklabel, or --add-ons points"),
        (["--method", "weaklabel", "--weak", "point", "--data.weak_points", "0"], "weak_points: 0"),
        (["--method", "advent", "--stages.adapt.add_ons", "{points: {weight: 1}}"], "Did you mean `weights`"),
        (["--method", "advent", "--data.weak_labels", "tags.csv"], "or --add-ons points"),
    ],
)
def test_combinations_that_cannot_be_meant(flags, words):
    with pytest.raises(UsageError, match=words):
        parsed(*flags)
