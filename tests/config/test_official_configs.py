"""The configurations of the papers take real steps on look-alikes in the real folder layout, at reduced size."""

import subprocess
import sys

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.data.making import picture
from tests.data.making import save
from tests.data.making import save_palette
from tests.data.making import save_synthia

SIZE = (96, 64)
LABEL_IDS = np.array([7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33, 0], "uint8")
FOLDERS = ("*_to_cityscapes", "cityscapes_to_*")
CONFIGS = sorted(path for folder in FOLDERS for path in (ROOT / "configs").glob(f"{folder}/*.yaml"))
# On the largest encoder two steps of them take six minutes.
SMALL_HRDA = ["--data.crop", "64x64", "--segmenter.crop", "64x64", "--segmenter.arguments.size", "b0"]
# What three frames and two steps cannot give: images to label by hand, and certain predictions.
SMALLER = {
    "contrastive_memory_semi": ["--data.labelled_images", "1"],
    "dacs": ["--data.crop", "64x64"],
    "daformer": ["--data.crop", "64x64", "--segmenter.arguments.size", "b0"],
    "hrda": SMALL_HRDA,
    "mic": SMALL_HRDA,
    "proda": [f"--stages.distil_{n}.pseudo_labels.threshold=0" for n in (1, 2)],
}
IN_CI = ("gta5_to_cityscapes/advent.yaml", "synthia_to_cityscapes/minent.yaml")


def label_ids(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).choice(LABEL_IDS, (SIZE[1], SIZE[0]))


@pytest.fixture(scope="module")
def roots(tmp_path_factory):
    """GTA5, SYNTHIA, Cityscapes, ACDC and Dark Zurich, three frames each, in the layouts of their downloads."""
    root = tmp_path_factory.mktemp("look-alikes ä")
    for frame in range(3):
        save(root / f"gta5/images/{frame + 1:05d}.png", picture(frame, SIZE))
        save_palette(root / f"gta5/labels/{frame + 1:05d}.png", label_ids(frame))
        save(root / f"synthia/RGB/{frame:07d}.png", picture(frame, SIZE))
        save_synthia(
            root / f"synthia/GT/LABELS/{frame:07d}.png",
            np.random.default_rng(frame).integers(0, 23, (SIZE[1], SIZE[0])),
        )
        for split, city in (("train", "aachen"), ("val", "frankfurt")):
            stem = f"{split}/{city}/{city}_{frame:06d}_000019"
            seed = frame + (100 if split == "val" else 0)
            save(root / f"cityscapes/leftImg8bit/{stem}_leftImg8bit.png", picture(seed, SIZE))
            save(root / f"cityscapes/gtFine/{stem}_gtFine_labelIds.png", label_ids(seed))
            stem = f"{split}/night/GOPR0356/GOPR0356_frame_{frame:06d}"
            save(root / f"dark_zurich/rgb_anon/{stem}_rgb_anon.png", picture(seed, SIZE))
            if split == "val":
                save(root / f"dark_zurich/gt/{stem}_gt_labelTrainIds.png", label_ids(seed) % 19)
            for condition in ("fog", "night", "rain", "snow"):
                stem = f"{condition}/{split}/GOPR0475/GOPR0475_frame_{frame:06d}"
                save(root / f"acdc/rgb_anon/{stem}_rgb_anon.png", picture(seed, SIZE))
                save(root / f"acdc/gt/{stem}_gt_labelTrainIds.png", label_ids(seed) % 19)
    return root


def parameters():
    for path in CONFIGS:
        name = f"{path.parent.name}/{path.name}"
        marks = [pytest.mark.slow] + ([pytest.mark.ci] if name in IN_CI else [])
        yield pytest.param(path, id=name, marks=marks)


@pytest.mark.parametrize("path", parameters())
def test_two_steps_on_look_alikes(path, roots, tmp_path):
    source, target = path.parent.name.split("_to_")
    command = [sys.executable, str(ROOT / "train.py"), "--config", str(path), "--output", str(tmp_path / "run")]
    command += ["--data.source.root", str(roots / source), "--data.target.root", str(roots / target)]
    command += ["--data.size", "96x64", "--steps", "2", "--segmenter.weights", "none"]
    command += ["--data.cache", str(tmp_path / "cache"), *SMALLER.get(path.stem, [])]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "evaluation.json").exists()
