"""What an export says of its run: the run is found by its plain name, and a stranger's record leads nowhere else."""

import json
from pathlib import Path

import pytest

from keras_uda.core.errors import ArtefactError
from keras_uda.evaluation.subjects import run_of
from tests.artefacts.test_manifest import GOOD

HASH = "0" * 64


@pytest.fixture
def export(tmp_path, monkeypatch):
    """Writes `export.json` beside a run `mine` of the same segmenter, with other values; gives its folder."""
    monkeypatch.chdir(tmp_path)
    for place in (tmp_path / "runs" / "mine", tmp_path / "elsewhere"):
        place.mkdir(parents=True)
        (place / "segmenter.json").write_text(json.dumps({"sha256": HASH}))
        (place / "config.yaml").touch()

    def write(sha256=HASH, **changes) -> Path:
        content = GOOD | {"run": "mine", "segmenter": GOOD["segmenter"] | {"sha256": sha256}} | changes
        (tmp_path / "export.json").write_text(json.dumps(content))
        return tmp_path

    return write


def test_the_run_of_an_export_is_found_by_its_name_and_hash(export):
    assert run_of(export()).path == Path("runs") / "mine"
    assert run_of(export(sha256="1" * 64)) is None and run_of(export(run="other")) is None


@pytest.mark.parametrize("name", ["../elsewhere", "/etc", "..", ".", "", "a/b", "a\\b", "mine\0", ["mine"], 7, {}])
def test_other_names_are_refused(export, name):
    with pytest.raises(ArtefactError, match="export.json: run"):
        run_of(export(run=name))


@pytest.mark.parametrize("change", [{"provenance": []}, {"provenance": {"method": []}}, {"sha256": 7}])
def test_other_types_are_refused(export, change):
    with pytest.raises(ArtefactError, match="export.json: (provenance|segmenter)"):
        run_of(export(**change))
