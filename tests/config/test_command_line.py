"""Every way to ask for something that cannot be meant ends in one line with the nearest right name."""

import subprocess
import sys

import pytest

from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import run_config
from keras_uda.config.method_spec import method_facts
from keras_uda.config.names import METHODS
from keras_uda.config.names import RUN_METHODS
from keras_uda.config.parser import Parser
from keras_uda.config.schema import RunConfig
from keras_uda.config.stored import differences
from keras_uda.config.stored import from_dict
from keras_uda.config.stored import to_dict
from keras_uda.core.errors import UsageError
from keras_uda.core.strict_yaml import load_yaml
from tests.conftest import ROOT

STAGES = "stages: {adapt: {method: advent, steps: 12}}\n"


def parse(*arguments: str) -> RunConfig:
    parser = Parser(prog="train.py")
    add_run_flags(parser)
    return run_config(parser, list(arguments))[0]


def written(folder, text: str) -> str:
    path = folder / "config.yaml"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--method", "advnt"], "`advent`"),
        (["--steps", "-1"], "at least 1"),
        (["--data.source.root", "/nowhere"], "built in"),
        (["--data.target.name", "foldr"], "`folder`"),
        (["--weak", "oracle"], "weaklabel"),
        (["--method", "weaklabel", "--data.weak_labels", "tags.csv"], "--weak tags"),
        (["--data.size", "12"], "WIDTHxHEIGHT"),
        (["--dta.batch", "3"], "`data.batch`"),
        (["--seed", "x"], "seed"),
        (["--data.batch", "0"], "data.batch"),
        (["--stages.adpt.steps", "3"], "adapt"),
        (["--method", "advent", "--stages.adapt.arguments.adversarial_wieghts", "3"], "`adversarial_weights`"),
        (["--optimizers.segmenter.learning_rate", "nan"], "learning_rate"),
        (["--precision", "float8"], "precision"),
        (["--steps", "10000000000"], "at most 1000000000"),
        (["--data.source.frames", "1000000000000"], "data.source.frames: `1000000000000` is not valid"),
        (["--data.source.frames", "1000001"], "data.source.frames: `1000001` is not valid"),
        (["--data.target.eval_frames", "1000000000"], "data.target.eval_frames"),
        (["--data.weak_images", "1000000000000"], "data.weak_images"),
        (["--data.batch", "1000000000000"], "data.batch"),
        (["--data.size", "99999x99999"], "at most 64 million pixels"),
        (["--data.crop", "512x384"], "data.crop: `512x384` does not fit into data.source.size `256x192`"),
        (["--seed", "9" * 5000], "seed"),
        (["--seed", "1:1:1"], "seed: `1:1:1` is not valid"),
        (["--seed", "0x10"], "seed: `0x10` is not valid"),
        (["--checkpoint_every", "0"], "checkpoint_every"),
        (["--optimizers.segmenter.learning_rate", "1e999"], "learning_rate"),
        (["--data.target.root", "a\udcffb", "--data.target.name", "folder"], "data.target.root: not UTF-8"),
        (["--output", "a\0b"], "an argument with a NUL"),
        (["--config", "/dev/zero"], "/dev/zero: a device"),
        (["--config", "."], "a folder where a file is needed"),
        (["--config", "x" * 5000], "a name longer than files can have"),
    ],
)
def test_mistakes_on_the_command_line_are_named(arguments, named):
    with pytest.raises(UsageError) as error:
        parse(*arguments)
    assert named in str(error.value)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("method: advent\noptimizers: {segmenter: {lerning_rate: 1}}\n" + STAGES, "`learning_rate`"),
        ("method: advent\nseed: 1\nseed: 2\n" + STAGES, "config.yaml:3"),
        ("seed: &a 1\nmethod: *a\n" + STAGES, "aliases"),
        ("[" * 20_000, "brackets"),
        ("- 1\n", "mapping"),
        ("method: !!python/object/apply:os.system ['true']\n", "not YAML"),
        ("method: advent\ndata: {flip: perhaps}\n" + STAGES, "flip"),
        ("method: advent\n", "stage"),
        ("method: advent\nstages: {adapt: {method: advnt}}\n", "`advent`"),
    ],
)
def test_mistakes_in_a_file_are_named(tmp_path, text, named):
    with pytest.raises(UsageError) as error:
        parse("--config", written(tmp_path, text))
    assert named in str(error.value)


def test_exponents_are_numbers_and_overrides_win(tmp_path):
    path = written(
        tmp_path,
        "method: advent\noptimizers: {segmenter: {learning_rate: 1e-4, power: 0.5}, discriminator: {}}\n" + STAGES,
    )
    run = parse("--config", path, "--optimizers.segmenter.learning_rate", "3e-4", "--stages.adapt.steps", "7")
    assert run.optimizers["segmenter"].learning_rate == 3e-4
    assert run.optimizers["segmenter"].schedule == {"polynomial": {"power": 0.5, "horizon": 1.0}}
    assert run.stages["adapt"].steps == 7
    assert parse("--config", path).optimizers["segmenter"].learning_rate == 1e-4


def test_steps_set_every_stage_and_size_sets_both_domains(tmp_path):
    path = written(
        tmp_path,
        "method: minent\noptimizers: {segmenter: {}}\nstages: {a: {method: source_only}, b: {method: minent}}\n",
    )
    run = parse("--config", path, "--steps", "5", "--data.size", "64x48", "--data.source.size", "32x16")
    assert [stage.steps for stage in run.stages.values()] == [5, 5]
    assert (run.data.source.size, run.data.target.size) == ("32x16", "64x48")


@pytest.mark.parametrize(
    "path", sorted((ROOT / "configs").rglob("*.yaml")), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_shipped_configurations_load_and_hold_no_path(path):
    roots = ["--data.source.root", "a", "--data.target.root", "b"]
    content = load_yaml(path)
    for side in ("source", "target"):
        domain = content.get("data", {}).get(side, {})
        assert "root" not in domain
        if domain.get("name", "sim") in ("sim", "street", "drive"):
            roots = [
                word
                for word in roots
                if not word.endswith(f"{side}.root") and word != {"source": "a", "target": "b"}[side]
            ]
    run = parse("--config", str(path), *roots)
    assert from_dict(to_dict(run)) == run


@pytest.mark.parametrize("method", RUN_METHODS)
def test_every_method_has_a_default_configuration(method):
    assert parse("--method", method).method == method


@pytest.mark.parametrize("method", METHODS)
def test_a_second_level_that_nothing_trains_is_refused(method):
    if method_facts(method).trains_every_level:
        assert parse("--method", method, "--segmenter.levels", "2").segmenter.levels == 2
        return
    with pytest.raises(UsageError, match=rf"segmenter.levels: 2, but {method}.* \(stages\.\w+\.method\)"):
        parse("--method", method, "--segmenter.levels", "2")


def test_a_target_of_which_a_field_is_set_stays_street(tmp_path):
    assert parse("--data.target.frames", "3").data.target.name == "street"
    path = written(tmp_path, "method: minent\noptimizers: {segmenter: {}}\ndata: {target: {frames: 3}}\n" + STAGES)
    run = parse("--config", path.replace("advent", "minent"), "--stages.adapt.method", "minent")
    assert (run.data.target.name, run.data.source.name, run.data.target.frames) == ("street", "sim", 3)


def test_differences_name_the_key():
    old = to_dict(parse())
    assert differences(old, {**old, "seed": 5}) == [("seed", 0, 5)]


@pytest.mark.parametrize("arguments", [["train.py", "--help"], ["train.py", "--method", "advnt"]])
def test_help_and_mistakes_answer_without_tensorflow(arguments):
    code = (
        "import sys, runpy\n"
        f"sys.argv = {arguments!r}\n"
        "try: runpy.run_path('train.py', run_name='__main__')\n"
        "except SystemExit as stop: code = stop.code\n"
        "assert 'tensorflow' not in sys.modules, 'TensorFlow was imported'\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == (0 if "--help" in arguments else 2), done.stderr
    assert "Traceback" not in done.stderr


def test_without_method_and_file_it_is_the_recipe(tmp_path):
    run = parse()
    assert run == parse("--config", str(ROOT / "configs" / "recipe.yaml")) == parse("--method", "recipe")
    assert (run.method, run.data.source.name, run.data.target.name) == ("recipe", "sim", "street")
    folder = ["--data.target.name", "folder", "--data.target.root", "my_frames"]
    mine = parse(*folder, "--steps", "30")
    assert (mine.method, mine.data.target.root) == ("recipe", "my_frames")
    assert {stage.steps for stage in mine.stages.values()} == {30} and mine.stages.keys() == run.stages.keys()
    assert parse("--method", "advent").method == "advent"
    path = written(tmp_path, "optimizers: {segmenter: {}}\nstages: {one: {method: source_only}}\n")
    assert parse("--config", path).method == RunConfig.method  # a file decides for itself


@pytest.mark.parametrize("path", sorted(ROOT.glob("configs/*/recipe.yaml")), ids=lambda path: path.parent.name)
def test_the_recipe_is_the_same_for_every_pair(path):
    """What is measured on a pair is what is taken by default; domains and scores alone are of the pair."""
    roots = ["--data.target.root", "there", *(["--data.source.root", "here"] if path.parent.name[:3] != "sim" else [])]
    ours, theirs = parse("--config", str(path), *roots), parse()
    for field in ("method", "segmenter", "optimizers", "stages", "preset", "precision"):
        assert getattr(ours, field) == getattr(theirs, field), f"{path} is not configs/recipe.yaml"
    for field in ("size", "classes", "batch", "flip", "zoom", "crop", "jitter", "transforms"):
        assert getattr(ours.data, field) == getattr(theirs.data, field), f"data.{field}"
    assert ours.data.source.sampler == theirs.data.source.sampler


def test_every_pair_of_real_streets_has_the_recipe():
    found = {path.parent.name for path in ROOT.glob("configs/*/recipe.yaml")}
    several = {"sim_airsim_to_camvid", "sim_street_to_camvid"}
    assert found == {"sim_to_camvid", "airsim_to_camvid", "camvid_day_to_dusk"} | several


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["runs/mine"], "runs/mine: belongs to no flag. Name the flag before it, as in --output DIR; see --help."),
        (["--seed", "1", "steps", "3"], "steps: belongs to no flag. Write --steps."),
        (["--data.classes", "road car"], 'data.classes: `["road car"]` is not valid. Give at least 2, as a list: A,B.'),
    ],
)
def test_words_in_the_wrong_place_get_the_form_that_is_right(words, line):
    with pytest.raises(UsageError) as error:
        parse(*words)
    assert str(error.value) == line


def test_the_help_has_no_field_twice():
    parser = Parser(prog="train.py")
    add_run_flags(parser)
    assert "--method NAME" in parser.format_help() and "\n  --method\n" not in parser.format_help()


@pytest.mark.parametrize(
    ("stages", "words", "key"),
    [
        ("true", [], "stages"),
        ("[a]", ["--add-ons", "class_prior"], "stages"),
        ("{one: 7}", ["--add-ons", "class_prior"], "stages.one"),
        ("{one: {method: minent, add_ons: [a]}}", ["--add-ons", "class_prior"], "stages.one.add_ons"),
        ("true", ["--weak", "point"], "weak"),
        ("true", ["--stages.one.steps", "3"], "stages.one.steps"),
        ("{7: {method: minent}}", ["--stages.one.steps", "3"], "stages.one.steps"),
        ("{one: {method: '[1]'}}", ["--preset", "official"], "stages.one.method"),
        ("{}", ["--preset", "official"], "stages"),
    ],
)
def test_stages_of_the_command_line_that_are_none(stages, words, key):
    with pytest.raises(UsageError) as error:
        parse("--method", "minent", "--stages", stages, *words)
    assert key in str(error.value)


@pytest.mark.parametrize("known", ["null", "{}", "{class_prior: {share: 0.25}}"])
def test_add_ons_join_those_of_the_stage(known):
    stages = f"{{one: {{method: minent, add_ons: {known}}}}}"
    add_ons = (
        parse("--method", "minent", "--stages", stages, "--add-ons", "class_prior", "entropy").stages["one"].add_ons
    )
    assert add_ons == {"class_prior": {"share": 0.25} if "share" in known else {}, "entropy": {}}


def test_a_value_is_as_long_as_one_of_a_file_can_be():
    assert parse("--data.source.eval_split", "x" * 10_000).data.source.eval_split == "x" * 10_000
    with pytest.raises(UsageError, match=r"--data.source.eval_split: a value of 10001 characters"):
        parse("--data.source.eval_split", "x" * 10_001)


@pytest.mark.parametrize(
    ("flags", "key"),
    [
        (
            ["--data.target.name", "folder", "--data.target.root", "a", "--data.target.frames", "5"],
            "data.target.frames",
        ),
        (["--data.source.name", "gta5", "--data.source.world_seed", "5"], "data.source.world_seed"),
        (["--data.targets", "[{name: street}, {name: folder, root: a, frames: 5}]"], "data.targets.1.frames"),
        (["--data.targets", "[{name: folder, root: a, frames: 5}]"], "data.targets.0.frames"),
        (["--evaluation.also", "[{name: folder, root: a, eval_frames: 5}]"], "evaluation.also.0.eval_frames"),
    ],
)
def test_a_number_of_frames_that_files_do_not_read_is_told(flags, key, capsys):
    parse(*flags)
    assert capsys.readouterr().err.startswith(f"warning: {key} does nothing: `")


def test_a_number_of_frames_in_a_file_is_of_the_world_that_a_flag_replaced(capsys):
    """A configuration says it of `sim`; a run on files has no use for it."""
    recipe = str(ROOT / "configs/sim_to_camvid/recipe.yaml")
    parse("--config", recipe, "--data.source.name", "gta5", "--data.source.root", "a")
    parse("--data.targets", "[{name: street, frames: 5}, {name: folder, root: a}]")
    assert not capsys.readouterr().err
