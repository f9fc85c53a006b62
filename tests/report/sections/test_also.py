"""The section of domains beside the target."""

import json

from keras_uda.report.inputs import Inputs
from keras_uda.report.sections.also import also_sections
from keras_uda.report.write import render
from tests.fake_run import make_run


def test_the_change_of_every_domain_is_shown(tmp_path):
    folder = make_run(tmp_path / "run", frames=2)
    content = json.loads((folder / "evaluation.json").read_text())
    assert also_sections(Inputs(folder)) == []
    entry = {name: content[name] | {"miou": miou} for name, miou in (("source_only", 0.41), ("adapted", 0.38))}
    content["also"] = {"street <no sky>": entry | {"change": -0.03}}
    (folder / "evaluation.json").write_text(json.dumps(content))
    (section,) = also_sections(Inputs(folder))
    assert section["rows"] == [["street <no sky>", "41.0", "38.0", "−3.0"]]
    page = render(Inputs(folder))
    assert "On other domains" in page and "street &lt;no sky&gt;" in page


def test_what_is_no_score_is_left_out_and_named(tmp_path):
    folder = make_run(tmp_path / "run", frames=2)
    content = json.loads((folder / "evaluation.json").read_text())
    (folder / "evaluation.json").write_text(json.dumps(content | {"also": {"street": 3}, "open_classes": []}))
    inputs = Inputs(folder)
    page = render(inputs)
    assert "On other domains" not in page and "Open classes" not in page and inputs.scored
    assert any("also" in line for line in inputs.problems) and any("open_classes" in line for line in inputs.problems)
