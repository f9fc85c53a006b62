"""Records of segmenters: those of every version are read, and nothing that no segmenter of ours has."""

import dataclasses
import json

import pytest

from keras_uda.config.names import SEGMENTERS
from keras_uda.config.schema import SegmenterConfig
from keras_uda.config.segmenter_spec import segmenter_arguments
from keras_uda.config.segmenter_spec import segmenter_facts
from keras_uda.core.errors import ArtefactError
from keras_uda.segmenters.weights.record import make_record
from keras_uda.segmenters.weights.record import read_record
from tests.segmenters.saving import refused
from tests.segmenters.saving import saved

LARGE = SegmenterConfig(name="deeplab_v2_resnet101", weights="none", arguments={"aspp_dilations": [6] * 32})
CHANGES = {
    "classes of another kind": (lambda r: r.update(classes={"road": 1}), "classes must be a list"),
    "layers at random of another kind": (lambda r: r.update(provenance={"at_random": [{}]}), "provenance.at_random.0"),
    "frames that no picture has": (lambda r: r.update(size="5000x5000"), "more than 16 million pixels"),
    "frames that nobody has": (lambda r: r.update(size="99999x99999"), "more than 64 million pixels"),
    "a crop that no picture has": (
        lambda r: r["arguments"].update(scales=2, crop="5000x5000"),
        "for frames of 5000x5000, more than 16 million pixels",
    ),
    "a width that the file cannot hold": (
        lambda r: r["arguments"].update(arguments={"width": 65536}),
        "its record describes a network that is larger than this file",
    ),
    "a width that no network has": (lambda r: r["arguments"].update(arguments={"width": 10**9}), "width"),
    "half a width": (lambda r: r["arguments"].update(arguments={"width": 1.5}), "width"),
    "members that the file cannot hold": (
        lambda r: r.update(architecture="ensemble", arguments=ensemble_of(16, LARGE)),
        "its record describes a network that is larger than this file",
    ),
    "more members than an ensemble has": (
        lambda r: r.update(
            architecture="ensemble", arguments=ensemble_of(2, LARGE) | {"members": [{}] * 500, "shares": [1] * 500}
        ),
        "members",
    ),
    "more keys": (lambda r: r.update(extra=1), "keys"),
    "fewer keys": (lambda r: r.pop("size"), "size is missing"),
    "a later format": (lambda r: r.update(format=3), "format 3"),
    "another architecture": (lambda r: r.update(architecture="efficientnet_lite0"), "architecture"),
    "an unknown architecture": (lambda r: r["arguments"].update(name="os.system"), "os.system"),
    "an unknown argument": (lambda r: r["arguments"].update(callback="x"), "callback"),
    "other preprocessing": (lambda r: r["preprocessing"].update(input="BGR"), "BGR"),
    "a class twice": (lambda r: r.update(classes=["road", "road", "sky"]), "classes"),
    "fewer colours": (lambda r: r["palette"].pop(), "palette"),
    "no colour": (lambda r: r["palette"][0].append("x"), "palette"),
    "no size": (lambda r: r.update(size="big"), "big"),
    "no hash": (lambda r: r.update(sha256="0"), "SHA-256"),
    "fewer classes": (lambda r: (r["classes"].pop(), r["palette"].pop()), r"(1, 1, 24, 2), the file has (1, 1, 24, 3)"),
    "another level": (lambda r: r["arguments"].update(levels=1), "layer aux_logits"),
    "another width": (lambda r: r["arguments"].update(arguments={"width": 4}), "stride2_conv"),
}


def ensemble_of(count: int, member: SegmenterConfig) -> dict:
    members = (dataclasses.asdict(member),) * count
    return dataclasses.asdict(SegmenterConfig("ensemble", "none", members=members, shares=(1 / count,) * count))


@pytest.mark.parametrize("change", CHANGES)
def test_a_record_that_does_not_fit(change, tmp_path):
    saved(tmp_path)
    path = tmp_path / "segmenter.json"
    record = json.loads(path.read_text())
    edit, reason = CHANGES[change]
    edit(record)
    path.write_text(json.dumps(record))
    assert reason in refused(tmp_path)


def write(folder, record) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "segmenter.json").write_text(json.dumps(record | {"sha256": 64 * "0"}))


def flat(name: str, **changes) -> dict:
    """The arguments of a record of format 1, in which every network had the options of all."""
    arguments = {"name": name, "weights": "none", "levels": 1, "batch_norm": "live", "aspp_dilations": [6, 12, 18, 24]}
    return arguments | {"width": None, "feature_norm": False, "members": [], "shares": []} | changes


def old(name: str, **changes) -> dict:
    record = make_record(SegmenterConfig(name="tiny", weights="none"), ("road", "sky"), "64x48")
    return record | {"format": 1, "architecture": name, "arguments": flat(name, **changes)}


SET = {"batch_norm": "batch_stats", "aspp_dilations": [6, 12], "width": 5, "feature_norm": True}


@pytest.mark.parametrize("name", SEGMENTERS)
def test_records_of_format_1_are_read(name, tmp_path):
    """What the network takes is kept, set or not; what it never read is left out, as `import-weights` wrote it too."""
    write(tmp_path, old(name, levels=segmenter_facts(name).levels, **SET))
    _, config = read_record(tmp_path)
    known = {option: value for option, value in SET.items() if option in segmenter_arguments(name)}
    assert config.arguments == known and config.levels == segmenter_facts(name).levels
    write(tmp_path, old(name))
    _, config = read_record(tmp_path)
    defaults = {option: argument.default for option, argument in segmenter_arguments(name).items()}
    for option, value in config.arguments.items():
        assert value == defaults[option] or tuple(value) == defaults[option]
    assert (config.name, config.weights, config.levels) == (name, "none", 1)


def test_an_ensemble_of_format_1_is_read_with_its_members(tmp_path):
    members = [flat("tiny", width=3), flat("efficientnet_lite0", levels=2)]
    write(tmp_path, old("ensemble", members=members, shares=[0.25, 0.75]))
    _, config = read_record(tmp_path)
    assert [member["name"] for member in config.members] == ["tiny", "efficientnet_lite0"]
    assert config.members[0]["arguments"]["width"] == 3 and config.members[1]["levels"] == 2
    assert config.shares == (0.25, 0.75)


@pytest.mark.parametrize("name", SEGMENTERS)
def test_new_records_say_what_the_configuration_says(name, tmp_path):
    options = {option: value for option, value in SET.items() if option in segmenter_arguments(name)}
    config = SegmenterConfig(name=name, weights="none", arguments=options)
    record = make_record(config, ("road", "sky"), "64x48", {"run": "x"})
    assert record["format"] == 2 and record["architecture"] == name
    assert record["arguments"]["arguments"] == options
    write(tmp_path, record)
    assert read_record(tmp_path)[1] == config


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": "tiny", "arguments": {"aspp_dilations": [6, 12]}},
        {"name": "tiny", "arguments": {"width": 0}},
        {"name": "tiny", "arguments": {"width": "8"}},
        {"name": "tiny", "arguments": {"batch_norm": "dead"}},
        {"name": "tiny", "levels": 3},
        {"name": "deeplab_v2_vgg16", "levels": 2},
        {"name": "tiny", "width": 4},  # where it stood in format 1
        {"name": "ensemble", "members": [{"name": "tiny", "arguments": {"x": 1}}] * 2, "shares": [0.5, 0.5]},
        {"name": "ensemble", "members": [{"name": "ensemble"}] * 2, "shares": [0.5, 0.5]},
        {"name": "ensemble"},
    ],
)
def test_arguments_that_the_network_has_not_are_refused(arguments, tmp_path):
    record = make_record(SegmenterConfig(name="tiny", weights="none"), ("road", "sky"), "64x48")
    write(tmp_path, record | {"architecture": arguments["name"], "arguments": arguments})
    with pytest.raises(ArtefactError, match="not a valid record"):
        read_record(tmp_path)
