"""The section that compares adapted with source-only without labels."""

import json

from keras_uda.report.sections.without_labels import write_comparison_section
from tests.evaluation.test_unlabelled_comparison import hurt  # noqa: F401


def test_every_move_has_a_row_and_the_text_says_what_came_out(hurt, tmp_path):  # noqa: F811
    write_comparison_section(tmp_path, hurt.to_json() | {"kept": "source_only"})
    section = json.loads((tmp_path / "sections" / "without_labels.json").read_text())
    assert section["rows"] == [["sky", "building", "25.0 %", "100.0 %", "50.0 %", "worse"]]
    assert len(section["columns"]) == len(section["rows"][0])
    for part in ("2 target frames", "seems to have hurt", "100.0 % for source-only", "is the source-only one"):
        assert part in section["text"]
    assert "covariances" not in section["text"]
    write_comparison_section(
        tmp_path, hurt.to_json() | {"kept": "adapted", "distance": {"source_only": 0.5, "adapted": 0.124}}
    )
    section = json.loads((tmp_path / "sections" / "without_labels.json").read_text())
    assert "differ by 0.50 of their size for source-only and by 0.12 for adapted" in section["text"]
