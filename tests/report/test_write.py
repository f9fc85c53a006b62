import json
import os
import re
import shutil
import subprocess
import sys
import zlib
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from keras_uda.core.errors import DataError
from keras_uda.report import extras
from keras_uda.report import write
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


HUGE, DEEP = 10**400, "[" * 50_000
EDITS = {
    "run.json": [
        ("", "[]"), ("", DEEP), ("", "{"), ("", "7"), ("status", [3]), ("status", {}), ("versions", []),
        ("versions.keras", {}), ("labels", 7), ("labels.oracle", "many"), ("seed", [1]), ("seed", HUGE),
        ("seconds", "long"), ("seconds", float("nan")), ("seconds", HUGE), ("seconds", -1), ("git_commit", 7),
        ("evaluated", {"of": 3}), ("evaluated", []), ("evaluated", {"of": "x", "window": "wide"}),
        ("continues", {"run": []}), ("continues", {"run": "x", "steps": "y"}), ("not_beside", []),
        ("not_beside", {"oracle": 7}), ("checkpoint", {}),
    ],
    "evaluation.json": [
        ("", "text"), ("", '"text"'), ("", DEEP), ("", "[1]"), ("adapted", 5), ("adapted", [[]]), ("adapted.miou", "x"),
        ("adapted.miou", float("nan")), ("adapted.miou", HUGE), ("adapted.miou", -3), ("adapted.miou_19", {}),
        ("adapted.confusion", [[1, 2], [3]]), ("adapted.confusion", [[1]]), ("adapted.confusion", "x"),
        ("adapted.confusion", [[HUGE] * 19] * 19), ("adapted.confusion", [[-1] * 19] * 19),
        ("adapted.confusion", [[1e300] * 19] * 19), ("adapted.per_class_iou", []), ("adapted.per_class_iou.road", "x"),
        ("adapted.subsets", 7), ("adapted.subsets.dusk", "x"), ("adapted.class_sets", []), ("adapted.pixels", "many"),
        ("adapted.train_steps", {}), ("adapted.split", []), ("classes", 7), ("classes", ["a"]), ("classes", {"a": 1}),
        ("classes", ["x"] * 300), ("classes", [["a"]]), ("target_labels_read", None), ("target_labels_read", {"a": 1}),
        ("target_labels_read", [["oracle"]]), ("gap_closed", "much"), ("gap_closed", float("inf")),
        ("oracle", {"split": 1}),
    ],
    "frames/scores.json": [
        ("", "text"), ("", "[]"), ("adapted", "text"), ("adapted", {"noon_0001.png": "x"}), ("adapted", [1]),
        ("adapted", {"noon_0001.png": float("nan")}), ("adapted", {"noon_0001.png": 1e9}), ("strange", 7),
    ],
    "stage_scores.json": [("", "[]"), ("", '{"warm_up": "x"}'), ("", '{"warm_up": {}}'), ("", '{"warm_up": NaN}')],
    "notes.json": [
        ("", "{}"), ("", '[{"text": []}, {"level": {}}, 7, [[]]]'), ("", DEEP), ("", '[{"text": "a", "level": 3}]'),
    ],
    "sections/1.json": [
        ("", '{"title": "T", "rows": 7}'), ("", '{"title": "T", "rows": [7]}'), ("", '{"title": "T", "rows": [[{}]]}'),
        ("", '{"title": "T", "pictures": 7}'), ("", '{"title": "T", "pictures": [[]]}'), ("", '{"title": []}'),
        ("", '{"title": "T", "columns": "abc"}'), ("", '{"title": "T", "text": {}}'), ("", "[]"), ("", DEEP),
        ("", '{"title": "T", "rows": [[NaN, 1e999]]}'),
    ],
    "pictures/captions.json": [("", "[]"), ("", '{"a.png": 7}')],
    "config.yaml": [
        ("", "["), ("", DEEP), ("", "a list\n"), ("", "- 1\n"), ("", "seed: !!int ''\n"), ("", "\0"),
        ("", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"), ("", "{stages: {adapt: {steps: many}}}"),
        ("", "{stages: [adapt]}"), ("", "{stages: {adapt: null}}"), ("", "{stages: 7, data: 7, evaluation: 7}"),
        ("", "{data: {target: {size: 7}}, segmenter: {name: tiny}}"), ("", "{segmenter: {name: tiny, weights: [a]}}"),
        ("", "{evaluation: {merge: [a]}}"), ("", "{evaluation: {merge: {road: nowhere}}}"), ("", "{method: [x]}"),
        ("", "{evaluation: {merge: {road: [sky]}}}"), ("", "{data: {classes: 7, source: [a], batch: {}}}"),
    ],
    "metrics.jsonl": [
        ("", "nonsense\n"), ("", '{"stage": [], "step": 1}\n'), ("", '{"stage": "a", "step": "x"}\n'),
        ("", '{"stage": "a", "step": 1, "time": "x"}\n'), ("", '{"stage": "a", "step": 1, "time": NaN}\n'),
        ("", f'{{"stage": "a", "step": {HUGE}}}\n'), ("", DEEP + "\n"),
    ],
}  # fmt: skip
HOSTILE = [(name, key, value) for name, edits in EDITS.items() for key, value in edits]


@pytest.fixture(scope="module")
def small_run(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("runs") / "small", frames=2, size=(24, 16))


@pytest.fixture
def drawn(monkeypatch):
    """Figures are counted, not drawn."""
    monkeypatch.setattr(
        write, "_figure", lambda title, text, figure: {"title": title, "text": text, "svg": "", "width": 1}
    )


@pytest.mark.parametrize(("name", "key", "value"), HOSTILE)
def test_what_is_whole_is_shown_and_the_rest_is_named(small_run, tmp_path, drawn, capsys, name, key, value):
    folder = shutil.copytree(small_run, tmp_path / "run")
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", (4, 4)).save(path.parent / "a.png")
    if key:
        content = json.loads(path.read_text())
        *parents, last = key.split(".")
        place = content
        for one in parents:
            place = place[one]
        place[last] = value
        value = json.dumps(content)
    path.write_text(value)
    page = page_of(folder)
    named = [line for line in capsys.readouterr().err.splitlines() if name in line]
    assert named and all(line.startswith("warning: left out of the report: ") for line in named)
    assert f"Left out of this page, because it is damaged or not what a run writes: {name}" in page.text
    assert "How this was measured" in page.text and "cannot be shown" not in page.text
    for part, words in (("config.yaml", "AdvEnt"), ("run.json", "Seed 0"), ("frames/scores.json", "mIoU in %")):
        assert part == name or "evaluation.json" == name or words in page.text
    assert "evaluation.json" in name or "mIoU of this target's classes" in page.text


def test_a_hostile_value_of_every_log_line_draws_what_is_finite(small_run, tmp_path):
    folder = shutil.copytree(small_run, tmp_path / "run")
    values = [1.0, "x", None, [1], {"a": 1}, float("nan"), float("inf"), 1e308, HUGE, -HUGE, True, 2]
    lines = [{"stage": "a", "step": step, "$loss": value} for step, value in enumerate(values)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert "$loss" in page_of(folder).text


def test_very_much_of_everything_is_cut_and_said(small_run, tmp_path, drawn, monkeypatch):
    folder = shutil.copytree(small_run, tmp_path / "run")
    monkeypatch.setattr(write, "MOST_CURVES", 3)
    for name in ("MOST_SECTIONS", "MOST_ROWS", "MOST_NOTES", "MOST_PICTURES"):
        monkeypatch.setattr(extras, name, 3)
    write_json(folder / "notes.json", ["n"] * 4)
    for number in range(4):
        write_json(folder / "sections" / f"{number}.json", {"title": "T", "rows": [["r"]] * 4})
        (folder / "pictures").mkdir(exist_ok=True)
        Image.new("RGB", (4, 4)).save(folder / "pictures" / f"{number}.png")
    page = page_of(folder)
    for words in ("3 of 4 curves", "sections: the first 3", "sections/0.json: the first 3", "notes.json: the first 3"):
        assert words in page.text
    assert page.text.count("T r r r") == 3 and "pictures: the first 3 of 4" in page.text


def test_nothing_outside_the_run_folder_is_shown(small_run, tmp_path, drawn):
    folder, secret = shutil.copytree(small_run, tmp_path / "run"), tmp_path / "private"
    (secret / "sections").mkdir(parents=True)
    Image.new("RGB", (8, 8), (1, 2, 3)).save(secret / "p.png")
    for name, text in (("notes.json", '["private note"]'), ("s.txt", "secret: private words"), ("m.jsonl", "{}")):
        (secret / name).write_text(text)
    write_json(secret / "sections" / "s.json", {"title": "private section"})
    places = [str(secret / "p.png"), "../private/p.png", "pictures/link.png", "pictures/../../private/p.png"]
    (folder / "pictures").mkdir()
    (folder / "pictures" / "link.png").symlink_to(secret / "p.png")
    (folder / "notes.json").symlink_to(secret / "notes.json")
    (folder / "sections").mkdir()
    (folder / "sections" / "link.json").symlink_to(secret / "sections" / "s.json")
    write_json(folder / "sections" / "a.json", {"title": "T", "pictures": places})
    (folder / "config.yaml").unlink()
    (folder / "config.yaml").symlink_to(secret / "s.txt")
    (folder / "metrics.jsonl").unlink()
    (folder / "metrics.jsonl").symlink_to("metrics.jsonl")
    page = page_of(folder)
    assert "private words" not in page.text and "private note" not in page.text and "private section" not in page.text
    pictures = [address for address in page.addresses if address.startswith("data:image/jpeg")]
    assert len(pictures) == 2  # both frames, and no other photograph
    assert page.text.count("is left out of this page") == len(places)
    for name in ("notes.json", "config.yaml", "sections/link.json", "metrics.jsonl", *places):
        assert f"not what a run writes: {name}" in page.text


def test_a_folder_of_links_is_followed_as_the_folder_that_was_named(small_run, tmp_path, drawn):
    shutil.copytree(small_run, tmp_path / "run")
    (tmp_path / "link").symlink_to("run")
    assert "Left out" not in page_of(tmp_path / "link").text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipes_folders_and_sparse_files_do_not_hold_it_up(small_run, tmp_path, drawn):
    folder = shutil.copytree(small_run, tmp_path / "run")
    (folder / "pictures").mkdir()
    os.mkfifo(folder / "pictures" / "a.png")
    with (folder / "pictures" / "b.png").open("wb") as stream:
        stream.truncate(5 * 10**9)
    for name in ("run.json", "frames/adapted.npz", "metrics.jsonl"):
        (folder / name).unlink()
        os.mkfifo(folder / name)
    (folder / "notes.json").mkdir()
    (folder / "stage_scores.json").symlink_to("/dev/zero")
    text = page_of(folder).text
    for name in ("run.json", "frames/adapted.npz", "metrics.jsonl", "pictures/a.png"):
        assert f"{name}: a pipe, not a regular file" in text
    assert "pictures/b.png: larger than" in text and "notes.json: a folder where" in text
    assert "stage_scores.json: not in the folder" in text


def test_a_picture_is_judged_by_its_header(small_run, tmp_path, drawn):
    folder = shutil.copytree(small_run, tmp_path / "run")
    (folder / "pictures").mkdir()
    Image.new("RGB", (4, 4)).save(folder / "pictures" / "a.png")
    content = bytearray((folder / "pictures" / "a.png").read_bytes())
    content[16:24] = (60_000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    (folder / "pictures" / "b.png").write_bytes(content)
    Image.new("L", (5000, 5000)).save(folder / "pictures" / "c.png")
    page = page_of(folder)
    assert "pictures/b.png: 60000x60000 is too large" in page.text or "pictures/b.png: too large" in page.text
    assert "pictures/c.png: a PNG of 5000x5000, not a PNG or JPEG that the page has room for" in page.text


def test_a_folder_with_nothing_whole_says_what_it_found(tmp_path):
    (tmp_path / "run.json").write_text("[]")
    with pytest.raises(DataError, match="nothing of the run is whole, the first is run.json: it must be a mapping"):
        write_report(tmp_path)


def test_names_that_are_no_whole_text_are_escaped(small_run, tmp_path, drawn):
    folder = shutil.copytree(small_run, tmp_path / "run")
    for path in (folder / "frames").glob("*.npz"):
        with np.load(path) as archive:
            arrays = dict(archive)
        np.savez_compressed(path, **arrays | {"names": np.array(["a\udc80.png", "b.png"])})
    assert "a\\udc80.png" in page_of(folder).text


def test_scores_of_no_pixel_have_no_matrix(small_run, tmp_path, drawn):
    folder = shutil.copytree(small_run, tmp_path / "run")
    content = json.loads((folder / "evaluation.json").read_text())
    for model in ("source_only", "adapted", "oracle"):
        content[model]["confusion"] = [[0] * 19] * 19
    write_json(folder / "evaluation.json", content)
    text = page_of(folder).text
    assert "What adaptation changed" not in text and "Left out" not in text


def test_pictures_that_take_long_to_look_at_are_named(small_run, tmp_path, drawn, monkeypatch):
    folder = shutil.copytree(small_run, tmp_path / "run")
    monkeypatch.setattr(extras, "MOST_PIXELS", 250)
    (folder / "pictures").mkdir()
    for name in "abc":
        Image.new("RGB", (10, 10)).save(folder / "pictures" / f"{name}.png")
    assert "pictures/c.png: a PNG of 10x10" in page_of(folder).text


def test_stages_without_end_are_cut(small_run, tmp_path, drawn):
    folder = shutil.copytree(small_run, tmp_path / "run")
    lines = [json.dumps({"stage": f"s{number}", "step": 1}) for number in range(3000)]
    (folder / "metrics.jsonl").write_text("\n".join(lines))
    assert page_of(folder).text.count("Stage s") == write.MOST_CURVES


def test_a_report_needs_no_tensorflow():
    code = "import sys, keras_uda.report.write; sys.exit(bool({'tensorflow', 'keras'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], timeout=100).returncode == 0


def test_cells_of_all_sections_are_cut_together(small_run, tmp_path, drawn, monkeypatch):
    folder = shutil.copytree(small_run, tmp_path / "run")
    monkeypatch.setattr(extras, "MOST_CELLS", 5)
    for name in "ab":
        write_json(folder / "sections" / f"{name}.json", {"title": "T", "rows": [["x", "y"]] * 2})
    text = page_of(folder).text
    assert text.count("x y") == 2 and "sections/b.json: the first 0 of 2 rows" in text
