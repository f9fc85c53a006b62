"""`benchmark export` runs only artefacts that are what their record says."""

import json
import shutil

import pytest

from keras_uda.commands import benchmark_export
from keras_uda.core.errors import ArtefactError
from keras_uda.export import publish
from tests.toy_export import toy_exports


@pytest.mark.parametrize("how", ["in place", "behind a link", "deep", "gone"])
def test_no_artefact_is_timed_if_one_is_changed(tmp_path, how, monkeypatch):
    export = shutil.copytree(toy_exports(), tmp_path / "export")
    monkeypatch.setattr(publish.parity, "run_apart", None)
    content = json.loads((export / "export.json").read_text())
    last = content["artefacts"].pop("tflite") | {"file": "a/b/c/model.tflite" if how == "deep" else "model.tflite"}
    (export / "export.json").write_text(json.dumps(content | {"artefacts": content["artefacts"] | {"tflite": last}}))
    changed = (export / "model.tflite").read_bytes() + b" "
    (export / "model.tflite").unlink()
    place = tmp_path / "store.tflite" if how == "behind a link" else export / last["file"]
    if how != "gone":
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(changed)
    if how == "behind a link":
        (export / "model.tflite").symlink_to(place)
    with pytest.raises(ArtefactError, match="truncated or changed|not there") as refusal:
        benchmark_export.main(["--export", str(export)])
    assert refusal.value.exit_code == 4
