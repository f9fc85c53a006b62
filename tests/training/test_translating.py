"""Stages that translate and stages that train on it: files, what is refused, and (slow) kills inside the translator."""

import dataclasses
import signal
import subprocess
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_uda.config.stage_schema import StageConfig
from keras_uda.config.stage_schema import TranslationConfig
from keras_uda.config.stored import to_dict
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.core.strict_yaml import dump_yaml
from keras_uda.data.cache.conversion import encode_png
from keras_uda.data.prepared import Prepared
from keras_uda.layers.translation import UNet
from keras_uda.report.sections.translations import change
from keras_uda.report.sections.translations import write_translation_section
from keras_uda.training.translating import keep_translations
from keras_uda.training.translating import load_translator
from keras_uda.training.translating import require_translations
from keras_uda.training.translating import translated_source
from tests.stages import make_stages
from tests.training.test_kills import command
from tests.training.test_kills import environment
from tests.training.test_kills import finish

SMALL = {"generator_base": 2, "generator_depth": 2}


@pytest.fixture
def source(tmp_path):
    rng, files = np.random.default_rng(0), []
    for number in range(3):
        files.append(tmp_path / f"{number}.png")
        files[-1].write_bytes(encode_png(rng.integers(0, 256, (8, 12, 3)).astype("uint8")))
    images = [str(file) for file in files]
    return Prepared(images, images, ["a", "b", "c"], (12, 8), digests=["1", "2", "3"])


@pytest.fixture
def stages(tmp_path):
    translate = StageConfig("cycada", arguments=SMALL)
    adapt = StageConfig("source_only", translations=TranslationConfig())
    return make_stages(tmp_path / "run", translate=translate, between="source_only", adapt=adapt)


def translator(seed: int) -> UNet:
    keras.utils.set_random_seed(seed)
    return UNet(2, 2)


def test_what_one_stage_leaves_another_trains_on(tmp_path, stages, source):
    keep_translations(stages[0], translator(1), source)
    found = translated_source(stages[2], source)
    assert len(found) == 6 and all(Path(file).is_file() for file in found.images)
    assert found.images[3:] == [str(stages[0].folder / "translations" / "images" / f"{name}.png") for name in "abc"]
    assert stages[2].translator.name == "translate" and stages[1].translator is None
    loaded = load_translator(stages[0])
    assert all(np.array_equal(*pair) for pair in zip(loaded.weights, translator(1).weights, strict=True))


def test_translations_are_made_again_by_the_kept_translator(stages, source):
    keep_translations(stages[0], translator(1), source)
    file = stages[0].folder / "translations" / "images" / "b.png"
    before = file.read_bytes()
    file.unlink()
    translated_source(stages[2], source, regenerate=True)
    assert file.read_bytes() == before


@pytest.mark.parametrize("kind", ["missing", "cut", "other"])
def test_a_damaged_translator_is_one_line(stages, source, kind):
    keep_translations(stages[0], translator(1), source)
    file = stages[0].folder / "translator.npz"
    if kind == "missing":
        file.unlink()
    elif kind == "cut":
        file.write_bytes(file.read_bytes()[:-100])
    else:
        np.savez(file, np.zeros(3))
    with pytest.raises(ArtefactError, match="translator.npz"):
        translated_source(stages[2], source)


@pytest.fixture
def other(tmp_path, stages):
    """A stage of another run that trains on the translations of the first, and the folder of that."""
    first = stages[0].run_folder.path
    first.mkdir(parents=True)
    (first / "config.yaml").write_text(dump_yaml(to_dict(stages[0].run)))
    adapt = StageConfig("source_only", translations=TranslationConfig(run=str(first)))
    return make_stages(tmp_path / "other", adapt=adapt)[0]


def test_another_run_trains_on_them(stages, other, source):
    keep_translations(stages[0], translator(1), source)
    require_translations(other)
    assert translated_source(other, source).images == translated_source(stages[2], source).images


def test_another_run_writes_nothing(stages, other, source):
    with pytest.raises(DataError, match="no complete translations. Finish that run"):
        require_translations(other)
    keep_translations(stages[0], translator(1), source)
    with pytest.raises(DataError, match="with other source images. Restore them"):
        translated_source(other, dataclasses.replace(source, digests=["7", "8", "9"]), regenerate=True)
    (stages[0].folder / "translations" / "images" / "b.png").unlink()
    with pytest.raises(DataError, match="b.png.*Restore them"):
        translated_source(other, source, regenerate=True)
    assert not (stages[0].folder / "translations" / "images" / "b.png").exists()


def test_a_run_that_translates_nothing_is_one_line(tmp_path, stages, other):
    (stages[0].run_folder.path / "config.yaml").write_text(dump_yaml(to_dict(other.run)))
    with pytest.raises(UsageError, match="stages.adapt.translations.run: `.*run` has no stage that translates images"):
        require_translations(other)
    adapt = StageConfig("source_only", translations=TranslationConfig(run=str(tmp_path / "nothing")))
    with pytest.raises(UsageError, match="not a run folder"):
        require_translations(make_stages(tmp_path / "third", adapt=adapt)[0])


def test_the_report_shows_them(stages, source):
    keep_translations(stages[0], translator(1), source)
    write_translation_section(stages, source)
    folder = stages[0].run_folder.path
    assert (folder / "pictures" / "translations.png").stat().st_size > 1000
    assert '"translate", 300, 3' in (folder / "sections" / "translations.json").read_text()


def test_the_change_is_a_mean_of_differences():
    ones = [np.full((2, 2, 3), value, "uint8") for value in (10, 250)]
    assert change(ones, [one + 4 for one in ones[:1]] + [ones[1] - 2]) == 3.0


STEPS = ["--method", "cycada", "--steps", "6", "--checkpoint_every", "2", "--data.source.frames", "5"]
STEPS += ["--stages.translate.crop", "64x32", "--stages.translate.arguments.generator_base", "4"]
STEPS += ["--stages.translate.arguments.discriminator_base", "2", "--stages.translate.arguments.pool_size", "3"]


@pytest.fixture(scope="module")
def whole(cache):
    return finish(cache / "whole", cache, *STEPS), content(cache / "whole")


def content(folder: Path) -> dict[str, bytes]:
    """Every file of the translations of a run."""
    files = [path for path in folder.glob("stages/*/translations/**/*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    ["state-written:5", "manifest-written:6", "translator-written:1", "translation-before-rename:2"]
    + ["translation-listed:4", "translations-before-manifest:1", "translations-finished:1", "state-written:8"],
)
def test_killed_in_the_translator(tmp_path, cache, whole, fault):
    folder = tmp_path / "run"
    killed = environment(cache, KERAS_UDA_FAULT=fault)
    done = subprocess.run(command(folder, *STEPS), env=killed, capture_output=True, cwd=cache)
    assert done.returncode == -signal.SIGKILL
    assert finish(folder, cache, *STEPS) == whole[0]
    assert content(folder) == whole[1] and len(whole[1]) == 5 + 2
