"""Several trained segmenters as one: logits are averaged. It is saved, scored, exported and run like any other."""

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path

import keras

from keras_uda.config.field_types import MOST_MEMBERS
from keras_uda.config.names import ENSEMBLE
from keras_uda.config.schema import SegmenterConfig
from keras_uda.core.errors import UsageError
from keras_uda.ops.resize import upsample
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.weights.record import make_record
from keras_uda.segmenters.weights.record import read_record


@keras.saving.register_keras_serializable("keras_uda")
class MeanLogits(keras.layers.Layer):
    """Weighted sum of logits, float32.

        A = sum_k share[k] * A_k,   at the size of the image where the maps have different strides

    Upsampling is linear, so maps of one stride may as well be added before it.

    Args:
        shares: one number per map.
        upsampled: bring every map to the size of the image first.
    """

    def __init__(self, shares: Sequence[float], upsampled: bool, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.shares, self.upsampled = tuple(shares), upsampled

    def call(self, inputs):
        image, *maps = inputs
        maps = [upsample(one, image) for one in maps] if self.upsampled else maps
        return sum(share * one for share, one in zip(self.shares, maps, strict=True))

    def compute_output_shape(self, input_shape):
        image, first, *_ = input_shape
        return (*image[:3], first[-1]) if self.upsampled else first

    def get_config(self):
        return super().get_config() | {"shares": self.shares, "upsampled": self.upsampled}


def ensemble(classes: int, *, members: tuple[dict, ...], shares: tuple[float, ...]) -> keras.Model:
    """Several segmenters on one image, their main logits averaged.

    Args:
        classes: number of output channels of every member.
        members: the configuration of each, as in its `segmenter.json`.
        shares: of each in the logits.
    Returns:
        Functional model, RGB 0..255 -> {"logits", "features" (of the first member), "skips" (none)}.
    Source: the "AdvEnt+MinEnt" row of Vu et al., ADVENT, CVPR 2019, table 1: shares of 0.5, released code
        advent/scripts/configs/advent+minent_pretrained.yml
    """
    image = keras.Input((None, None, 3), name="image")
    built = [_member(SegmenterConfig(**member), classes, number) for number, member in enumerate(members)]
    outputs = [member(image) for member in built]
    strides = {member.stride for member in built}
    logits = MeanLogits(shares, len(strides) > 1, name="logits")([image, *(one["logits"] for one in outputs)])
    model = keras.Model(image, {"logits": logits, "features": outputs[0]["features"], "skips": {}}, name=ENSEMBLE)
    model.stride, model.head_names, model.repeats = 1 if len(strides) > 1 else built[0].stride, (), {}
    model.dense, model.padding = False, 0
    model.input_multiple = math.lcm(*(member.input_multiple for member in built))
    return model


def _member(config: SegmenterConfig, classes: int, number: int) -> keras.Model:
    """A member whose layers have names of their own, so that one weights file can hold them all."""
    member = build_segmenter(dataclasses.replace(config, weights="none"), classes)
    for layer in member._flatten_layers(include_self=False):
        layer.name = f"member{number}_{layer.name}"
    member.name = f"member{number}"
    return member


def join_segmenters(folders: Sequence[Path], shares: Sequence[float] | None = None) -> tuple[keras.Model, dict]:
    """The ensemble of trained segmenters, ready for `save_segmenter`.

    Args:
        folders: run folders, or other folders with `segmenter.json` and `segmenter.weights.h5`.
        shares: of each; equal by default. They are divided by their sum.
    Returns:
        The model, and its record without the hash.
    Raises:
        UsageError: fewer than two, more than 16, a share missing or not above 0, a member that is an ensemble, or
            members of different classes or sizes.
        ArtefactError: a member cannot be read.
    """
    shares = [1.0] * len(folders) if shares is None else list(shares)
    if len(folders) < 2 or len(shares) != len(folders):
        raise UsageError("--shares", f"{len(shares)} for {len(folders)} members", "Give one for each of two or more")
    if len(folders) > MOST_MEMBERS:
        raise UsageError("--members", f"{len(folders)}, more than {MOST_MEMBERS}", "Name fewer")
    strange = [share for share in shares if not (math.isfinite(share) and share > 0)]
    if strange:
        raise UsageError("--shares", f"{strange[0]} is not a valid share", "Give finite numbers above 0")
    records, configs = zip(*map(read_record, folders), strict=True)
    for folder, config in zip(folders, configs, strict=True):
        if config.name == ENSEMBLE:
            raise UsageError(folder, "is an ensemble itself", "Name the runs that it was made of")
    for key in ("classes", "size"):
        if any(record[key] != records[0][key] for record in records):
            what = f"the members have different {key}: " + " and ".join(str(record[key])[:80] for record in records)
            raise UsageError(folders[-1], what, "Join segmenters that were trained on the same classes and size")
    members = tuple(dataclasses.asdict(config) for config in configs)
    config = SegmenterConfig(ENSEMBLE, "none", members=members, shares=tuple(share / sum(shares) for share in shares))
    model = build_segmenter(config, len(records[0]["classes"]))
    for number, folder in enumerate(folders):
        model.get_layer(f"member{number}").set_weights(load_segmenter(folder)[0].get_weights())
    known = [
        {"folder": Path(folder).resolve().name, "sha256": record["sha256"], "provenance": record["provenance"]}
        for folder, record in zip(folders, records, strict=True)
    ]
    return model, make_record(config, tuple(records[0]["classes"]), records[0]["size"], {"members": known})
