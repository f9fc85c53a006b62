import json
import re
from html.parser import HTMLParser

import pytest
from PIL import Image

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
