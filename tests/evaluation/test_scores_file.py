"""`evaluation.json` of anybody: whole, or one error with the key."""

import json

import numpy as np
import pytest

from keras_uda.core.errors import ArtefactError
from keras_uda.evaluation.metrics import scores
from keras_uda.evaluation.scores_file import read_scores

CLASSES = ["road", "sky"]
ENTRY = scores(np.array([[3, 1], [0, 4]]), CLASSES) | {"split": "val", "train_steps": 9, "seed": 0, "subsets": {}}
WHOLE = {"source_only": None, "adapted": ENTRY, "oracle": None, "classes": CLASSES, "gap_closed": None}
WHOLE |= {"target_labels_read": ["evaluation"], "without_labels": {"better": "adapted"}}


def written(folder, content):
    (folder / "evaluation.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def test_what_evaluate_writes_is_read_as_it_stands(tmp_path):
    assert read_scores(tmp_path) == {}
    assert read_scores(written(tmp_path, WHOLE)) == WHOLE


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("[]", "the whole must be a mapping"),
        ("{", ""),
        ("[" * 50_000, ""),
        (WHOLE | {"adapted": 5}, "adapted must be a mapping"),
        (WHOLE | {"adapted": ENTRY | {"miou": "0.5"}}, "adapted.miou must be a number"),
        (WHOLE | {"adapted": ENTRY | {"miou": 7}}, "adapted.miou: "),
        (WHOLE | {"adapted": ENTRY | {"confusion": [[1, 2]]}}, "adapted.confusion must be 2 lists of 2 numbers"),
        (WHOLE | {"adapted": ENTRY | {"confusion": [[1, 2], [3]]}}, "adapted.confusion must be 2 lists of 2 numbers"),
        (WHOLE | {"classes": ["road"]}, "adapted.confusion must be 1 lists of 1 numbers"),
        (WHOLE | {"adapted": ENTRY | {"subsets": {"night": {"confusion": [[1]]}}}}, "adapted.subsets.night.confusion"),
        (WHOLE | {"oracle": {"miou_19": 1}}, "oracle.miou is missing"),
        (WHOLE | {"target_labels_read": None}, "target_labels_read must be a list"),
    ],
)
def test_another_form_is_one_error_with_its_key(tmp_path, content, what):
    with pytest.raises(ArtefactError, match="evaluate") as failure:
        read_scores(written(tmp_path, content))
    assert what in failure.value.what and failure.value.where.endswith("evaluation.json")


def test_what_is_no_file_is_refused(tmp_path):
    (tmp_path / "evaluation.json").mkdir()
    with pytest.raises(ArtefactError, match="a folder where a file"):
        read_scores(tmp_path)
