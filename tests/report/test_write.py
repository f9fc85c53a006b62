import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from keras_uda.commands import report as command
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import colourise
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.report import facts
from keras_uda.report import strips
from keras_uda.report.inputs import Inputs
from keras_uda.report.pictures import label_picture
from keras_uda.report.write import write_report
from tests.fake_run import make_run
from tests.fake_run import write_json

VOID = {"meta", "img", "link", "br", "hr", "input", "path", "use", "rect"}


class Page(HTMLParser):
    """Collects text and addresses, and insists that every element is closed."""

    def __init__(self, text: str):
        super().__init__()
        self.open, self.words, self.addresses = [], [], []
        self.feed(text)
        assert self.open == []
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attributes):
        self.addresses += [value for name, value in attributes if name in ("src", "href", "xlink:href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag, attributes):
        self.addresses += [value for name, value in attributes if name in ("src", "href", "xlink:href")]

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.words.append(data)


def page_of(folder) -> Page:
    return Page(write_report(folder).read_text())


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("runs") / "advent-1")


def test_whole_run(whole_run):
    page = page_of(whole_run)
    scores = json.loads((whole_run / "evaluation.json").read_text())
    for model in ("source_only", "adapted", "oracle"):
        assert f"{100 * scores[model]['miou']:.1f}" in page.text
    assert f"{100 * scores['gap_closed']:.0f} % of the way" in page.text
    for words in ("AdvEnt: sim → street", "Adaptation itself read none", "with uncommitted changes", "Stage warm_up"):
        assert words in page.text
    assert "Most improved" in page.text and "What adaptation changed" in page.text


def test_page_is_one_file_without_scripts(whole_run):
    path = write_report(whole_run)
    page = Page(path.read_text())
    assert all(address.startswith(("data:", "#")) for address in page.addresses)
    assert "<script" not in path.read_text() and "@import" not in path.read_text()
    assert not re.search(r"url\((?!#)", path.read_text())
    assert path.stat().st_size < 5_000_000
    assert not list(whole_run.glob(".tmp-*"))


def test_most_improved_and_worst_frames_are_chosen_by_their_own_miou(whole_run):
    inputs = Inputs(whole_run)
    scores = json.loads((whole_run / "frames" / "scores.json").read_text())
    change = {name: scores["adapted"][name] - scores["source_only"][name] for name in scores["adapted"]}
    order = sorted(change, key=change.get)
    best, worst = ([frame["name"] for frame in group["frames"]] for group in strips.groups(inputs))
    assert best == order[::-1][:3] and worst == order[:3]


def test_no_frame_is_shown_twice_and_frames_without_a_score_are_left_out():
    assert strips.ends([0.1, None, 0.3]) == ([2], [0])
    assert strips.ends([0.5]) == ([0], [])
    assert strips.ends([None]) == ([], [])


def test_unlabelled_target(tmp_path):
    page = page_of(make_run(tmp_path / "run", labelled=False, models=("source_only", "adapted")))
    for words in ("nothing on this page is a score", "Never read", "Changed most by adaptation", "mean entropy"):
        assert words in page.text
    assert "uncertainty" in page.text and "mIoU rises" not in page.text


@pytest.mark.parametrize("models", [("adapted",), ("source_only", "adapted"), ("source_only",), ("oracle",), ()])
def test_missing_models(tmp_path, models):
    page = page_of(make_run(tmp_path / "run", models=models))
    assert page.text


@pytest.mark.parametrize(
    "missing", ["evaluation.json", "frames", "config.yaml", "run.json", "metrics.jsonl", "frames/scores.json"]
)
def test_missing_or_damaged_files(tmp_path, missing):
    folder = make_run(tmp_path / "run", frames=3)
    path = folder / missing
    if path.is_dir():
        for file in path.iterdir():
            file.write_bytes(file.read_bytes()[:100])
    else:
        path.write_text('{"')
    assert page_of(folder).text


def test_frame_scores_are_counted_again_where_they_are_missing(whole_run, tmp_path):
    folder = make_run(tmp_path / "run")
    (folder / "frames" / "scores.json").unlink()
    assert Inputs(folder).frame_scores == Inputs(whole_run).frame_scores


def test_what_methods_may_add(tmp_path):
    folder = make_run(tmp_path / "run", models=("adapted",), frames=2)
    write_json(folder / "notes.json", ["all well", {"text": "a class vanished", "level": "warning"}])
    rows = {"title": "Weak tags", "columns": ["class", "recall"], "rows": [["road", "0.9"], ["car", None]]}
    write_json(folder / "sections" / "1.json", rows | {"text": "how they fit", "pictures": ["pictures/a.png"]})
    write_json(folder / "stage_scores.json", {"warm_up": 0.31, "adapt": 0.35})
    write_json(folder / "pictures" / "captions.json", {"b.png": "a caption"})
    for name in ("a.png", "b.png"):
        Image.new("RGBA", (20, 10)).save(folder / "pictures" / name)
    (folder / "pictures" / "broken.png").write_bytes(b"no picture")
    page = page_of(folder)
    for words in (
        "all well",
        "a class vanished",
        "Weak tags",
        "how they fit",
        "n/a",
        "35.0",
        "a caption",
        "broken.png",
    ):
        assert words in page.text


def test_names_of_users_are_text_not_markup(tmp_path):
    folder = make_run(tmp_path / "<b>&ü", models=("adapted",), frames=2)
    write_json(folder / "notes.json", ["<script>alert(1)</script>"])
    text = write_report(folder).read_text()
    assert "<script>" not in text and "&lt;script&gt;" in text and "&lt;b&gt;&amp;ü" in text


def test_reading_target_labels_is_said():
    class Run:
        main, record = "adapted", {"labels": {"weak labels": 200}}
        evaluation = {"target_labels_read": ["evaluation", "weak labels"]}

    text = facts.target_labels(Run)
    assert "as weak labels (tags or points) for training (200 files)" in text and "read none" not in text


def test_an_oracle_says_that_it_trains_on_target_labels():
    class Run:
        main, record = "oracle", {"labels": {"oracle": 367, "evaluation": 233}}
        evaluation = {"target_labels_read": ["evaluation", "oracle"]}

    assert facts.target_labels(Run) == "Read to score the held-out split (233 files) and to train on (367 files)."


def test_scoring_on_the_training_split_is_said(tmp_path):
    folder = make_run(tmp_path / "run", frames=2)
    path = folder / "config.yaml"
    path.write_text(path.read_text().replace("eval_split: val", "eval_split: train"))
    assert "no held-out score" in facts.scored_on(Inputs(folder))


def test_merged_classes_are_said_and_drawn_merged(tmp_path):
    folder = make_run(tmp_path / "run", frames=2)
    path = folder / "config.yaml"
    path.write_text(path.read_text().replace("merge: {}", "merge: {sidewalk: road}"))
    assert "sidewalk as road" in facts.merging(Inputs(folder))
    assert not (Inputs(folder).frames.predictions["adapted"] == CITYSCAPES.index("sidewalk")).any()


def test_label_pictures_are_exact():
    import base64
    import io

    label = np.random.default_rng(0).integers(0, 19, (30, 40), dtype="uint8")
    encoded = base64.b64decode(label_picture(colourise(label, CITYSCAPES)).partition(",")[2])
    decoded = np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB"))
    np.testing.assert_array_equal(decoded, colourise(label, CITYSCAPES))


def test_verb(whole_run, tmp_path, capsys):
    command.main(["--run", str(whole_run)])
    assert "report.html" in capsys.readouterr().out
    with pytest.raises(UsageError):
        command.main(["--run", str(tmp_path / "nowhere")])
    with pytest.raises(DataError):
        command.main(["--run", str(tmp_path)])


@pytest.mark.parametrize(("seconds", "text"), [(9.6, "10 s"), (75, "1 min 15 s"), (3700, "1 h 1 min")])
def test_durations_are_in_words(seconds, text):
    assert facts.duration_in_words(seconds) == text


@pytest.mark.parametrize(
    ("change", "text"), [(0.0123, "+1.2"), (-0.2, "−20.0"), (-0.0001, "0.0"), (0.0, "0.0"), (None, "")]
)
def test_points_have_a_sign(change, text):
    assert facts.points(change) == text
