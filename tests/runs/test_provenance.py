"""What a run is known by."""

import dataclasses
import sys
from types import SimpleNamespace

from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.data_schema import SharedDomainConfig
from keras_uda.runs import provenance
from keras_uda.runs.provenance import called
from keras_uda.runs.provenance import circumstances
from keras_uda.runs.provenance import config_hash
from keras_uda.runs.provenance import git_commit
from keras_uda.runs.provenance import identity
from keras_uda.runs.provenance import segmenter_record
from keras_uda.runs.provenance import versions
from tests.stages import make_stage


def test_a_checkpoint_belongs_to_a_configuration_and_to_versions(tmp_path):
    run = make_stage(tmp_path).run
    one, other = identity(run), identity(dataclasses.replace(run, seed=1))
    assert one == identity(run) and one["config"] != other["config"] and one["devices"] == "CPU"
    assert set(versions()) == {"keras_uda", "python", "tensorflow", "keras", "numpy"} < set(one)


def test_versions_are_those_of_what_is_imported(monkeypatch):
    """TensorFlow comes as `tensorflow-cpu` and under other names, of which a record of `tensorflow` says nothing."""
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace(__version__="2.20.0"))
    assert versions()["tensorflow"] == "2.20.0"
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    monkeypatch.setattr(provenance, "version", {"keras": "3", "numpy": "2", "tensorflow": "2.21.0"}.__getitem__)
    assert versions()["tensorflow"] == "2.21.0"


def test_a_hash_does_not_depend_on_the_order_of_keys():
    assert config_hash({"a": 1, "b": 2}) == config_hash({"b": 2, "a": 1}) != config_hash({"a": 1, "b": 3})
    assert len(config_hash({})) == 16


def test_a_segmenter_says_where_its_weights_come_from(tmp_path):
    stage = make_stage(tmp_path / "first", "minent")
    record = segmenter_record(stage, 40, state_hash="abc")
    expected = {"run": "first", "method": stage.run.method, "stage": "adapt", "steps": 40, "state_hash": "abc"}
    assert expected.items() <= record["provenance"].items()
    assert record["classes"] == ["road", "car"] and record["architecture"] == "tiny"
    assert (record["provenance"]["source"], record["provenance"]["target"]) == ("sim", "street")


def test_outside_of_a_checkout_there_is_no_commit(monkeypatch, tmp_path):
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "provenance.py"))
    assert git_commit() is None
    monkeypatch.setenv("PATH", "")  # and without git
    assert git_commit() is None


def test_several_domains_are_all_named(tmp_path):
    stage = make_stage(tmp_path)
    entries = tuple(SharedDomainConfig(name=name, root=root) for name, root in (("gta5", "/a"), ("drive", None)))
    data = dataclasses.replace(stage.run.data, source=DomainConfig(name="gta5"), sources=entries)
    run = dataclasses.replace(stage.run, data=dataclasses.replace(data, target=DomainConfig(name="acdc")))
    assert called(run, "source") == "gta5+drive" and called(run, "target") == "acdc"
    assert circumstances(run)["world"] is not None  # one of them is of the built-in world
    alone = dataclasses.replace(data, sources=(), source=DomainConfig(name="none"), target=DomainConfig(name="acdc"))
    run = dataclasses.replace(run, data=alone)
    assert called(run, "source") == "none" and circumstances(run)["world"] is None
