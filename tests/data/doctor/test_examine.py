"""The doctor names everything that is wrong, finds overlaps, and starts no TensorFlow."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from keras_uda.commands import doctor
from keras_uda.config.data_schema import DataConfig
from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.data_schema import SharedDomainConfig
from keras_uda.config.schema import RunConfig
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.data.doctor.examine import examine
from tests.conftest import ROOT
from tests.data import making
from tests.data.cache.test_prepare import spoil


def run_config(source=None, target=None, **fields):
    sides = {"source": source, "target": target}
    domains = {
        side: DomainConfig(name="folder", root=str(root)) if root else DomainConfig(name=name)
        for (side, root), name in zip(sides.items(), ("sim", "street"), strict=True)
    }
    return RunConfig(data=DataConfig(**domains), **fields)


def test_clean_data_passes_with_a_table(tmp_path, capsys):
    source, target = (making.make_folder(tmp_path / name, seed=seed) for name, seed in (("a b", 0), ("ü", 50)))
    making.make_folder(target, ["v1", "v2"], split="val", seed=80)
    doctor.run(run_config(source, target), sheet=str(tmp_path / "sheet.png"))
    printed = capsys.readouterr().out
    assert "nothing to repair" in printed and "8 samples, labelled" in printed and "8 samples, images only" in printed
    row = next(line for line in printed.splitlines() if line.startswith("vegetation"))
    pixels = np.concatenate([making.ids(i, [0, 2, 8, 10, 13, 255]).ravel() for i in range(8)])
    assert f"{100 * np.mean(pixels == 8):.2f}" in row
    assert Image.open(tmp_path / "sheet.png").size[0] > 400


def test_every_bad_file_is_listed(tmp_path, capsys):
    source = making.make_folder(tmp_path / "data")
    expected = spoil(source)
    with pytest.raises(DataError) as caught:
        doctor.run(run_config(source), output=str(tmp_path / "out"))
    assert "7 of " in str(caught.value) and caught.value.exit_code == 3
    listing = (tmp_path / "out/bad_files.txt").read_text()
    for name, words in expected.items():
        line = next(line for line in listing.splitlines() if name in line)
        assert words in line
    assert capsys.readouterr().out.count("bad: ") == 7


def test_missing_partners_are_listed_too(tmp_path):
    source = making.make_folder(tmp_path / "data")
    for name in ("0001", "0002"):
        (source / "labels/train" / f"{name}.png").unlink()
    with pytest.raises(DataError, match="2 of 8 files cannot be used: 0001.png .no label"):
        doctor.run(run_config(source))


def test_overlaps_are_found_by_content(tmp_path):
    target = making.make_folder(tmp_path / "data")
    making.make_folder(target, ["other name"], split="val", seed=3)
    results = examine(run_config(None, target).data)
    assert [tuple(problem) for problem in results[2].problems] == [
        ("other name.png", "the same image is in target train (0003.png)")
    ]
    results = examine(run_config(target, target).data)
    assert len(results[1].problems) == 8
    same = DataConfig(source=DomainConfig(name="street", frames=9), target=DomainConfig(name="street", frames=5))
    assert len(examine(same)[1].problems) == 5


def test_remarks_on_what_looks_odd(tmp_path):
    source = tmp_path / "data"
    for number in range(4):
        making.save(source / "images" / f"{number}.png", making.picture(number // 2, (60, 20)))
        making.save_palette(source / "labels" / f"{number}.png", np.full((20, 60), 255, np.uint8))
    (remarks,) = [result.remarks for result in examine(run_config(source).data) if result.title == "source train"]
    text = "\n".join(remarks)
    for words in (
        "palette (4)",
        "squeezed into 256x192",
        "4 labels have no pixel",
        "4 images are copies",
        "no pixel of",
    ):
        assert words in text


def test_masks_of_0_and_255_are_noticed(tmp_path):
    for number in range(3):
        making.save(tmp_path / "images" / f"{number}.png", making.picture(number))
        making.save(tmp_path / "labels" / f"{number}.png", making.ids(number, [0, 255]))
    assert any("0/255 masks" in remark for remark in examine(run_config(tmp_path).data)[0].remarks)


def test_images_without_labels_are_fine_as_target_and_not_as_source(tmp_path):
    images = making.save(tmp_path / "drive" / "a.png", making.picture(0)).parent
    target = examine(run_config(None, images).data)
    assert not target[1].problems and "no scores" in target[2].remarks[0]
    away = examine(run_config(tmp_path / "away").data)[0]
    assert str(away.problems[0]).startswith(f"{tmp_path / 'away'}: no such folder. Check")
    assert "the source has no labels" in str(examine(run_config(images).data)[0].problems)


def test_the_verb_answers_without_tensorflow():
    script = "import sys, keras_uda.__main__ as m; sys.exit(m.main(['doctor']) or 'tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "nothing to repair" in done.stdout


def test_all_of_several_domains_are_examined(tmp_path):
    source = making.make_folder(tmp_path / "mine")
    target = making.make_folder(tmp_path / "streets", seed=50)
    making.make_folder(target, ["v"], split="val", seed=80)
    entries = [SharedDomainConfig(name="folder", root=str(source)), SharedDomainConfig(name="sim", frames=2)]
    targets = [
        SharedDomainConfig(name="folder", root=str(target)),
        SharedDomainConfig(name="drive", frames=2, eval_frames=1),
    ]
    results = examine(DataConfig(sources=tuple(entries), targets=tuple(targets)))
    assert [result.title for result in results] == [
        "source train of mine",
        "source train of sim",
        "target train of streets",
        "target val of streets",
        "target train of drive",
        "target val of drive",
    ]
    assert [len(result.findings) for result in results][:4] == [8, 2, 8, 1] and not any(r.problems for r in results)


def test_without_a_source_the_target_is_examined(tmp_path):
    target = making.make_folder(tmp_path / "streets")
    data = DataConfig(source=DomainConfig(name="none"), target=DomainConfig(name="folder", root=str(target)))
    assert [result.title for result in examine(data)] == ["target train", "target val"]


def test_a_mistake_names_the_entry_that_has_it():
    entries = (SharedDomainConfig(name="sim", frames=2), SharedDomainConfig(name="drive", frames=2, merge={"x": "car"}))
    with pytest.raises(UsageError, match="data.sources.1.merge.x: class map"):
        examine(DataConfig(sources=entries))
