"""The rows of `benchmark methods` and `benchmark steps`."""

import pytest

from keras_uda.commands.benchmark_rows import chosen_rows
from keras_uda.commands.benchmark_rows import of_pairs
from keras_uda.commands.benchmark_rows import resolved
from keras_uda.commands.benchmark_rows import selected
from keras_uda.commands.benchmark_rows import with_longer_baselines
from keras_uda.config.names import RUN_METHODS
from keras_uda.core.errors import UsageError


def test_weak_labels_have_a_row_of_each_kind():
    names = [row.name for row in chosen_rows(None, None)]
    assert {"weaklabel_pseudo", "weaklabel_oracle", "weaklabel_point"} | set(RUN_METHODS) - {"weaklabel"} == set(names)
    (row,) = chosen_rows(["weaklabel:point"], None)
    assert row.name == "weaklabel_point" and row.flags == ("--weak", "point")


@pytest.mark.parametrize(
    ("methods", "configs", "message"),
    [
        (["advnt"], None, "advent"),
        (["advent:point"], None, "advent has no kinds"),
        (["weaklabel:points"], None, "point"),
        (None, ["no/such.yaml"], "no such configuration"),
        (["advent", "advent"], None, "two rows"),
    ],
)
def test_what_cannot_be_meant_is_refused(methods, configs, message):
    with pytest.raises(UsageError, match=message):
        chosen_rows(methods, configs)


def test_baselines_are_added_for_rows_that_train_longer():
    names = [row.name for row in with_longer_baselines(chosen_rows(["source_only", "minent", "cbst"], None), [])]
    assert names == ["source_only", "minent", "cbst", "source_only@600"]
    assert len(with_longer_baselines(chosen_rows(["minent", "cbst"], None), [])) == 2


def test_a_method_with_an_add_on_is_a_row(tmp_path):
    (row,) = chosen_rows(["dacs+masked_consistency"], None)
    assert row.name == "dacs+masked_consistency"
    assert list(resolved(row, []).stages["adapt"].add_ons) == ["masked_consistency"]
    (row,) = chosen_rows(["weaklabel:point+entropy"], None)
    assert row.name == "weaklabel_point+entropy" and row.flags == ("--weak", "point", "--add-ons", "entropy")
    with pytest.raises(UsageError, match="no such add-on"):
        resolved(chosen_rows(["dacs+entropies"], None)[0], [])


def test_a_pair_is_a_folder_with_flags_of_its_own():
    rows = of_pairs(["sim_to_camvid --data.target.root 'my data'", "sim_to_street"])
    found = {(row.pair, row.name): row for row in rows}
    camvid = found["sim_to_camvid", "recipe"]
    assert camvid.flags == ("--data.target.root", "my data") and found["sim_to_street", "dacs"].flags == ()
    assert resolved(camvid, ["--steps", "3"]).data.target.root == "my data"
    of_street = {name for pair, name in found if pair == "sim_to_street"}
    assert of_street == {row.name for row in chosen_rows(None, None)} and "recipe" in of_street
    with pytest.raises(UsageError, match="sim_to_camvid"):
        of_pairs(["sim_to_canvid"])


def test_baselines_are_as_long_as_the_rows_of_their_own_pair(tmp_path):
    for pair, steps in (("one", 30), ("two", 50)):
        (tmp_path / pair).mkdir()
        for name, length in (("source_only", 10), ("minent", steps)):
            text = (
                f"method: {name}\noptimizers: {{segmenter: {{}}}}\nstages: {{a: {{method: {name}, steps: {length}}}}}"
            )
            (tmp_path / pair / f"{name}.yaml").write_text(text)
    rows = with_longer_baselines(of_pairs([str(tmp_path / "one"), str(tmp_path / "two")]), [])
    longer = {(row.pair, row.name) for row in rows if "@" in row.name}
    assert longer == {("one", "source_only@30"), ("two", "source_only@50")}


def test_only_the_rows_that_are_named():
    rows = with_longer_baselines(chosen_rows(["source_only", "minent", "cbst"], None), [])
    assert [row.name for row in selected(rows, ["source_only", "cbst"])] == ["source_only", "cbst", "source_only@600"]
    assert [row.name for row in selected(rows, ["source_only@600"])] == ["source_only@600"]
    assert selected(rows, None) == rows
    with pytest.raises(UsageError, match="`cbst`"):
        selected(rows, ["cbts"])
