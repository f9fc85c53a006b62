"""What one field cannot know of another: one line with the file, the line, the key and what would be right."""

import pytest

from keras_uda.core.errors import UsageError
from tests.config.helpers import mistake
from tests.config.helpers import parse
from tests.config.helpers import parse_text

HEAD = "method: {method}\noptimizers: {{segmenter: {{}}}}\n"
MINENT = "method: minent\noptimizers: {segmenter: {}}\nstages:\n  adapt:\n    method: minent\n    steps: 2\n"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("    arguments: null", ":7: stages.adapt.arguments: `null` is not valid. Give a mapping"),
        ("    add_ons: [entropy]", ':7: stages.adapt.add_ons: `["entropy"]` is not valid. Give a mapping'),
        ("    add_ons: {entropi: {}}", ":7: stages.adapt.add_ons.entropi: no such add-on. Did you mean `entropy`?"),
        ("    add_ons: {entropy: {wieghts: [1]}}", ":7: stages.adapt.add_ons.entropy.wieghts: `entropy` has no such"),
        ("    add_ons: {entropy: {weights: [-1]}}", ":7: stages.adapt.add_ons.entropy.weights: `-1` is not valid"),
        ("    optimizers: {segmenter: null}", ":7: stages.adapt.optimizers.segmenter: `null` is not valid"),
        ("    start: later", ":7: stages.adapt.start: `later` is not valid. Choose one of previous, initial"),
        ("    teacher: before", ":7: stages.adapt.teacher: there is no stage `before` before `adapt`"),
        ("    weights: x.h5", ":7: stages.adapt.weights: `x.h5`, but the stage continues from the one before it"),
        ("    arguments: {entropy_weights: 0.1}", "entropy_weights: `0.1` is not valid. Give a list in brackets"),
        ("    arguments: {entropy_weights: [.nan]}", "entropy_weights: `nan` is not valid. Give a number"),
        ("    arguments: {entropy_share: true}", "entropy_share: `true` is not valid. Give a number"),
        ("data: {transforms: [lab]}", ':7: data.transforms: `["lab"]` is not valid. Give a mapping'),
        (
            "data: {transforms: {lap: {}}}",
            ":7: data.transforms.lap: there is no transform of this name. Did you mean `lab`?",
        ),
        (
            "data: {transforms: {lab: {chance: 2}}}",
            ":7: data.transforms.lab.chance: `2` is not valid. Give at most 1",
        ),
        ("data: {source: {sampler: rare_class}}", ":7: data.source.sampler: `rare_class` is not valid"),
        ("data: {source: {sampler: {rare_class: {}, b: {}}}}", "is not valid. Give at most 1"),
        ("data: {target: {sampler: {rare_class: {}}}}", ":7: data.target.sampler: samplers need labels"),
        ("data: {source: {arguments: {images: a}}}", ":7: data.source.arguments.images: `sim` has no such argument"),
        (
            "data: {source: {root: /x}}",
            "but sim is built in. Add --data.source.name folder",
        ),
        ("data: {source: {class_map: 5}}", "class_map: `5` is not valid. Give text or a mapping of keys to values"),
        ("data: {source: {frames: 1000000000000}}", ":7: data.source.frames: `1000000000000` is not valid"),
        ("data: {classes: [road]}", 'data.classes: `["road"]` is not valid. Give at least 2'),
        ("data: {batch: 4.0}", ":7: data.batch: `4.0` is not valid. Give a whole number"),
        ("data: {zoom: .inf}", ":7: data.zoom: `inf` is not valid. Give a number that is finite"),
        ("data: {weak_labels: tags.csv}", ":7: data.weak_labels: nothing reads it here. Add --method weaklabel"),
        ("data: {labelled_images: 3}", "Drop it, or name contrastive_memory_semi in a stage"),
        ("data:\n  batch: 2\n  batch: 3", ":9: the key `batch` stands twice"),
        ("data.batch: 3", ":7: data.batch: unknown key. Write `data: {batch: VALUE}`"),
        (
            "segmenter: {name: tiny, arguments: {batch_norm: liv}}",
            "batch_norm: `liv` is not valid. Did you mean `live`",
        ),
        ("segmenter: {name: fcn8s_vgg16, levels: 2}", ":7: segmenter.levels: `fcn8s_vgg16` has one level, not 2"),
        ("segmenter: {levels: '2'}", ":7: segmenter.levels: `2` is not valid. Give 1 or 2, a number without quotes"),
        ("segmenter: {members: [{}]}", ":7: segmenter.members"),
        ("segmenter: {name: ensemble}", ":7: segmenter.members"),
        ("evaluation: {merge: {wall: bilding}}", ":7: evaluation.merge.wall: `bilding` is not a class. Did you mean"),
        ("precision: bfloat16", ":7: precision: `bfloat16` is not valid. Did you mean `mixed_bfloat16`?"),
        ("weak: point", ":7: weak: `point`, but no stage learns from weak labels"),
        ("true: 2", ":7: true: unknown key: the name `true` is not text"),
    ],
)
def test_contradictions_and_mistypes(tmp_path, line, told):
    message = mistake(tmp_path, MINENT + line + "\n")
    assert told in message and "my config ü.yaml:" in message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("method: minent\n", "my config ü.yaml: stages: the configuration has no stage"),
        ("method: minent\nstages: {}\n", ":2: stages: the configuration has no stage"),
        ("method: minent\nstages: {a: {method: minent}}\n", "optimizers: minent trains segmenter too"),
        (HEAD.format(method="cbst") + "stages:\n  a: {method: cbst}\n", ":4: stages.a.pseudo_labels: cbst trains on"),
        (
            HEAD.format(method="minent") + "stages: {a: {method: minent, pseudo_labels: {}}}\n",
            ":3: stages.a.pseudo_labels: minent does not read them",
        ),
        (
            HEAD.format(method="source_only") + "stages: {a: {method: source_only, add_ons: {entropy: {}}}}\n",
            ":3: stages.a.add_ons.entropy: needs `target`, but source_only has",
        ),
        ("method: adabn\nstages: {a: {method: adabn, add_ons: {entropy: {}}}}\n", "adabn trains no segmenter"),
        (
            "method: adabn\nstages: {a: {method: adabn}}\ndata: {transforms: {lab: {}}}\n",
            "no stage reads source images",
        ),
        (
            "method: adabn\nstages: {a: {method: adabn, arguments: {rate: 0.1}}}\n",
            ":2: stages.a.arguments.rate: read with `decay` alone. Give `decay`, or drop it",
        ),
        (
            "method: adabn\nstages: {a: {method: adabn, arguments: {decay: null, layer_decay: 0}}}\n",
            "stages.a.arguments.layer_decay: read with `decay` alone",
        ),
        (HEAD.format(method="minent") + "stages: {'a b': {method: minent}}\n", ":3: stages.a b: `a b` is not a name"),
    ],
)
def test_stages_and_what_they_need(tmp_path, text, told):
    assert told in mistake(tmp_path, text)


def test_flags_are_not_blamed_on_the_file():
    for flags in (["--add-ons", "entropi"], ["--segmenter.levels", "3"], ["--data.transforms.lap", "{}"]):
        with pytest.raises(Exception) as error:
            parse("--method", "advent", *flags)
        assert ".yaml" not in str(error.value)


def test_what_fits_together_passes(tmp_path):
    more = "    add_ons: {entropy: {weights: [0.01], exponent: 2}, class_prior: {}}\n"
    more += "data: {transforms: {lab: {chance: 0.5}}, source: {sampler: {rare_class: {temperature: 0.05}}}}\n"
    run = parse_text(tmp_path, MINENT + more)
    assert list(run.stages["adapt"].add_ons) == ["entropy", "class_prior"]
    assert run.data.source.sampler == {"rare_class": {"temperature": 0.05}}


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (
            ["--method", "hrda", "--segmenter.scales", "1"],
            "scales: 1, but hrda (stages.adapt.method) fuses 2",
        ),
        (["--segmenter.scales", "2", "--segmenter.levels", "2"], "segmenter.scales: 2, but two scales have one level"),
        (["--segmenter.scales", "2", "--segmenter.name", "fcn8s_vgg16"], "`fcn8s_vgg16` pads images"),
        (["--segmenter.scales", "2", "--data.target.size", "60x48"], "data.target.size: `60x48`, but segmenter.name"),
        (
            ["--segmenter.scales", "2", "--segmenter.crop", "60x48", "--data.crop", "56x48"],
            "segmenter.crop: `60x48`, but s",
        ),
        (["--segmenter.crop", "64x48"], "segmenter.crop: `64x48` is what two scales fuse at once"),
    ],
)
def test_scales_that_do_not_fit_are_named(flags, told):
    with pytest.raises(UsageError) as error:
        parse(*(flags if "--method" in flags else ["--method", "minent", *flags]))
    assert told in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--data.crop", "264x64"], "data.crop: `264x64` does not fit into data.source.size `256x192`"),
        (["--segmenter.scales", "2", "--data.crop", "60x64"], "data.crop: `60x64`, but segmenter.name"),
        (
            ["--segmenter.scales", "2", "--segmenter.crop", "64x64"],
            "segmenter.crop: `64x64`, but training images are larger (data.source.size). Set --data.crop 64x64",
        ),
        (
            ["--segmenter.scales", "2", "--segmenter.crop", "64x64", "--data.crop", "128x64"],
            "segmenter.crop: `64x64`, but training images are larger (data.crop)",
        ),
    ],
)
def test_crops_that_do_not_fit_are_named(flags, told):
    with pytest.raises(UsageError) as error:
        parse("--method", "minent", *flags)
    assert told in str(error.value) and "\n" not in str(error.value)


def test_two_scales_are_for_any_method():
    crops = ["--segmenter.crop", "64x48", "--data.crop", "64x48"]
    run = parse("--method", "minent", "--segmenter.scales", "2", *crops)
    assert (run.segmenter.scales, run.segmenter.crop, run.data.crop) == (2, "64x48", "64x48")
