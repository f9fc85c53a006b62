"""A mistake anywhere in a configuration file is told with the file, the line and the dotted key."""

import pytest

from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import run_config
from keras_uda.config.parser import Parser
from keras_uda.core.errors import UsageError

GOOD = "method: minent\noptimizers: {segmenter: {learning_rate: 1e-4}}\nstages: {adapt: {method: minent, steps: 2}}\n"


def parse(folder, text: str, *arguments: str):
    path = folder / "my config ü.yaml"
    path.write_text(text)
    parser = Parser(prog="train.py")
    add_run_flags(parser)
    return run_config(parser, ["--config", str(path), *arguments])[0]


def mistake(folder, text: str, *arguments: str) -> str:
    with pytest.raises(UsageError) as error:
        parse(folder, text, *arguments)
    return str(error.value)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("lerning_rate: 1", ":4: lerning_rate: unknown key"),
        ("dta: {batch: 3}", ":4: dta: unknown key. Did you mean `data`?"),
        ("data: {bacth: 3}", ":4: data.bacth: unknown key. Did you mean `batch`?"),
        ("data: {source: {frmes: 3}}", ":4: data.source.frmes: unknown key. Did you mean `frames`?"),
        ("data:\n  target:\n    name: foldr", ":6: data.target.name: `foldr` is not valid. Did you mean `folder`?"),
        ("data: 5", ":4: data: `5` is not valid. Give a mapping"),
        ("data: null", ":4: data: `null` is not valid"),
        ("data: {source: sim}", ":4: data.source: `sim`"),
        ("data: {flip: no}", ":4: data.flip: `no` is not valid. Give true or false"),
        ("data: {size: 256}", ":4: data.size: `256` is not valid. Give text"),
        ("data: {classes: [road, road]}", ':4: data.classes: `["road", "road"]` is not valid. Give each class once'),
        ("seed: null", ":4: seed: `null`"),
        ("seed: 1.5", ":4: seed: `1.5` is not valid. Give a whole number"),
        ("segmenter: {width: 0}", ":4: segmenter.arguments.width"),
        ("evaluation: {merg: {wall: building}}", ":4: evaluation.merg: unknown key. Did you mean `merge`?"),
        ("weak: oracle", "weaklabel"),
        ("output: elsewhere", ":4: output: unknown key"),
        ("config: other.yaml", ":4: config: unknown key"),
        ("class_path: os.system", ":4: class_path: unknown key"),
        ("1: 2", ":4: 1: unknown key"),
        ("? [a]\n: 3", ":4: a key must be a word"),
        ("<<: {seed: 1}", ":4: a key must be a word"),
    ],
)
def test_mistakes_beside_a_good_configuration(tmp_path, line, told):
    assert told in mistake(tmp_path, GOOD + line + "\n")


@pytest.mark.parametrize(
    ("stage", "told"),
    [
        ("{method: minnent}", ":2: stages.adapt.method: `minnent` is not a method. Did you mean `minent`?"),
        ("{method: minent, stepps: 3}", ":2: stages.adapt.stepps: unknown key. Did you mean `steps`?"),
        ("{method: minent, steps: 0}", ":2: stages.adapt.steps: `0` is not valid"),
        ("{method: minent, arguments: {entropy_wieghts: [1]}}", "stages.adapt.arguments.entropy_wieghts"),
        (
            "{method: minent, optimizers: {segmentr: {}}}",
            ":2: stages.adapt.optimizers.segmentr: minent has no such part",
        ),
        ("{method: minent, optimizers: {segmenter: {name: adm}}}", "stages.adapt.optimizers.segmenter.name: `adm`"),
        ("{method: minent, pseudo_labels: {portion: 3}}", "stages.adapt.pseudo_labels.portion: `3` is not valid"),
        ("{method: minent, pseudo_labels: {portion: a}}", "pseudo_labels.portion: `a` is not valid. Give a number"),
        ("3", ":2: stages.adapt: `3` is not valid"),
    ],
)
def test_mistakes_in_a_stage(tmp_path, stage, told):
    text = f"method: minent\nstages: {{adapt: {stage}}}\noptimizers: {{segmenter: {{}}}}\n"
    assert told in mistake(tmp_path, text)


@pytest.mark.parametrize("name", ["'../x'", "'a/b'", "''", "1"])
def test_names_of_stages_are_names_of_folders(tmp_path, name):
    text = f"method: minent\nstages: {{{name}: {{method: minent}}}}\noptimizers: {{segmenter: {{}}}}\n"
    assert " name" in mistake(tmp_path, text)


def test_every_part_needs_an_optimiser_and_every_optimiser_a_part(tmp_path):
    assert "advent trains discriminator too" in mistake(tmp_path, GOOD.replace("minent", "advent"))
    assert "optimizers.discriminator: no stage" in mistake(
        tmp_path, GOOD.replace("}}\nstages", "}, discriminator: {}}\nstages")
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--data.source.nam", "sim"], "data.source.nam: unknown key. Did you mean `data.source.name`?"),
        (["--seed", "null"], "seed: `null` is not valid"),
        (["--seed", "x"], "seed: `x` is not valid. Give a whole number"),
        (["--data", "3"], "--data: a group of fields"),
        (["--stages.adapt", "3"], "--stages.adapt.KEY VALUE"),
        (["--data.batch", "0"], "data.batch"),
        (["--data.targets", "[{name: sim, arguments: {x: 1}}]"], "data.target.arguments.x: `sim` has no such argument"),
        (["--data.target.root", ""], "data.target.root: `` is not valid. Give a file or folder"),
        (["--segmenter.weights", " "], "segmenter.weights: ` ` is not valid. Give a file or folder"),
        (["--evaluation.also", "[{name: folder, root: ''}]"], "evaluation.also.0.root: `` is not valid. Give a file"),
    ],
)
def test_mistakes_on_the_command_line_do_not_blame_the_file(tmp_path, arguments, told):
    message = mistake(tmp_path, GOOD + "data: {batch: 2}\n", *arguments)
    assert told in message and "config" not in message
