"""Files that a run names by relative paths are found from another folder, of all of its domains."""

import dataclasses
from pathlib import Path

from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.data_schema import SharedDomainConfig
from keras_uda.config.schema import EvaluationConfig
from keras_uda.config.stored import to_dict
from keras_uda.core.strict_yaml import dump_yaml
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.places import read_run
from tests.stages import make_stage


def test_roots_of_lists_of_domains_are_found(tmp_path, monkeypatch):
    for name in ("a", "b", "c"):
        (tmp_path / "data" / name).mkdir(parents=True)
    run = make_stage(tmp_path).run
    (tmp_path / "data" / "tags.csv").touch()
    options = {"name": "folder", "class_map": "data/b"}
    entries = (
        SharedDomainConfig(root="data/a", weak_labels="data/tags.csv", **options),
        SharedDomainConfig(root="data/b", weak_labels="none", **options),
    )
    also = EvaluationConfig(also=(DomainConfig(name="folder", root="data/c"),))
    data = dataclasses.replace(run.data, targets=entries, target=DomainConfig(name="folder", root="data/a"))
    folder = RunFolder(tmp_path / "runs" / "own")
    folder.path.mkdir(parents=True)
    content = to_dict(dataclasses.replace(run, data=data, evaluation=also))
    (folder / "config.yaml").write_text(dump_yaml(content))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    found = read_run(folder)
    roots = [one.root for one in (found.data.target, *found.data.targets, *found.evaluation.also)]
    assert [Path(root).resolve() for root in roots] == [tmp_path / "data" / name for name in "aabc"]
    assert Path(found.data.targets[0].weak_labels).resolve() == tmp_path / "data" / "tags.csv"
    assert found.data.targets[1].weak_labels == "none"
    assert Path(found.data.targets[0].class_map).resolve() == tmp_path / "data" / "b"
