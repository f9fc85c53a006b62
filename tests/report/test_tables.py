"""Tables of a report: a row for each class, mean and stage."""

import pytest

from keras_uda.core.classes import CITYSCAPES
from keras_uda.report import tables
from keras_uda.report.inputs import Inputs
from tests.fake_run import make_run
from tests.fake_run import write_json


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("runs") / "advent-1")


def test_a_class_has_its_scores_their_change_and_its_share(whole_run):
    inputs = Inputs(whole_run)
    rows, absent = tables.class_rows(inputs)
    assert {row["name"] for row in rows} | set(absent) == set(CITYSCAPES) and absent
    assert sum(row["share"] for row in rows) == pytest.approx(1)
    for row in rows:
        scores = [inputs.evaluation[model]["per_class_iou"][row["name"]] for model in ("source_only", "adapted")]
        assert row["change"] == (None if None in scores else scores[1] - scores[0])


def test_means_over_classes_that_the_network_lacks_are_left_out(whole_run):
    rows = {row["name"]: row for row in tables.mean_rows(Inputs(whole_run))}
    assert {"mean of the five", "mIoU on dusk", "mean of the five on dusk"} <= set(rows)
    assert all(any(value is not None for value in row["miou"].values()) for row in rows.values())
    headline = rows["mIoU of this target's classes"]
    assert 0 < headline["gap"] < 1 and headline["change"] > 0


def test_a_stage_has_its_time_and_the_steps_that_were_done(whole_run):
    warm_up, adapt = tables.stage_rows(Inputs(whole_run))
    assert (warm_up["name"], warm_up["method"], warm_up["steps"], warm_up["done"]) == (
        "warm_up",
        "source_only",
        120,
        120,
    )
    assert warm_up["spent"] == "37 s" and warm_up["rate"] == pytest.approx(0.31) == adapt["rate"]
    assert warm_up["miou"] is None


def test_a_stage_has_its_score_where_it_was_scored(tmp_path):
    folder = make_run(tmp_path / "run", frames=2)
    write_json(folder / "stage_scores.json", {"warm_up": 0.31})
    assert [row["miou"] for row in tables.stage_rows(Inputs(folder))] == [0.31, None]


def test_shares_of_all_classes_are_the_whole_image(whole_run):
    rows = tables.share_rows(Inputs(whole_run))
    largest = [max(row["shares"].values()) for row in rows]
    assert largest == sorted(largest, reverse=True)
    assert sum(row["shares"]["adapted"] for row in rows) == pytest.approx(1, abs=0.01)


def test_a_merged_class_is_in_no_legend(tmp_path):
    folder = make_run(tmp_path / "run", frames=2)
    path = folder / "config.yaml"
    path.write_text(path.read_text().replace("merge: {}", "merge: {sidewalk: road}"))
    assert [name for name, _ in tables.legend(Inputs(folder))] == [name for name in CITYSCAPES if name != "sidewalk"]
