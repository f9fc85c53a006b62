"""Names and sizes of published SegFormer files, as far as they are not those of our layers."""

import re
from pathlib import Path

import numpy as np

from keras_uda.core.errors import ArtefactError
from keras_uda.segmenters.mix_transformer import SIZES
from keras_uda.segmenters.mix_transformer import Size

FIRST = "patch_embed1.proj.weight"  # of the published encoder files
HEADS = ("decode_head.", "aux_head.")
CLASSIFIERS = {"mlp": "decode_head.linear_pred", "daformer": "decode_head.conv_seg"}
OTHER_FIRST = "encoder.patch_embeddings.0.proj.weight"  # of the library `transformers`
# Its names -> ours; {0} is the number of a stage, which we count from 1.
OTHER_NAMES = {
    r"(?:segformer\.)?encoder\.": "",
    r"patch_embeddings\.(\d)\.proj\.": "patch_embed{0}.proj.",
    r"patch_embeddings\.(\d)\.layer_norm\.": "patch_embed{0}.norm.",
    r"block\.(\d)\.": "block{0}.",
    r"(?<![\w.])layer_norm\.(\d)\.": "norm{0}.",
    r"layer_norm_(?=[12]\.)": "norm",
    r"attention\.self\.query\.": "attn.q.",
    r"attention\.self\.layer_norm\.": "attn.norm.",
    r"attention\.self\.": "attn.",
    r"attention\.output\.dense\.": "attn.proj.",
    r"mlp\.dense(?=[12]\.)": "mlp.fc",
    r"decode_head\.linear_c\.(\d)\.": "decode_head.linear_c{0}.",
    r"decode_head\.linear_fuse\.": "decode_head.linear_fuse.conv.",
    r"decode_head\.batch_norm\.": "decode_head.linear_fuse.bn.",
    r"decode_head\.classifier\.": "decode_head.linear_pred.",
    r"^classifier\.": "head.",
}


def in_our_names(state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The tensors of a SegFormer file under the names of its encoder file; those of other networks as they are."""
    if any(name.endswith(OTHER_FIRST) for name in state):
        state = _keys_and_values_joined({_renamed(name): array for name, array in state.items()})
    if any(name.endswith(f"backbone.{FIRST}") for name in state):
        return {re.sub(r"(^|\.)backbone\.", r"\1", name, count=1): array for name, array in state.items()}
    return state


def _renamed(name: str) -> str:
    for pattern, ours in OTHER_NAMES.items():
        name = re.sub(pattern, lambda found, ours=ours: ours.format(*(int(n) + 1 for n in found.groups())), name)
    return name


def _keys_and_values_joined(state: dict) -> dict:
    """`attn.key` and `attn.value` as one `attn.kv`."""
    joined = {}
    for name, array in state.items():
        value = state.get(name.replace("attn.key.", "attn.value."))
        if "attn.key." in name and value is not None and array.ndim == value.ndim > 0:
            if array.shape == value.shape:
                joined[name.replace("attn.key.", "attn.kv.")] = np.concatenate([array, value])
        elif "attn.value." not in name or name.replace("attn.value.", "attn.key.") not in state:
            joined[name] = array
    return joined


def arguments_of(state: dict[str, np.ndarray], path: Path) -> dict[str, str]:
    """`size` and `head` of the segmenter that a file belongs to.

    Raises:
        ArtefactError: an encoder of no published size; says which it is nearest to.
    """
    widths, depths = _measured(state)
    found = [name for name, size in SIZES.items() if (size.widths, size.depths) == (widths, depths)]
    if not found:
        what = f"an encoder of widths {_listed(widths)} and depths {_listed(depths)}, which no published size has"
        nearest = min(SIZES, key=lambda name: _distance(SIZES[name], widths, depths))
        size = SIZES[nearest]
        remedy = f"The nearest is {nearest} with {_listed(size.widths)} and {_listed(size.depths)}: give a whole file"
        raise ArtefactError(path, what, remedy)
    daformer = any(name.startswith("decode_head.embed_layers.") for name in state)
    return {"size": found[0], "head": "daformer" if daformer else "mlp"}


def without_head(state: dict[str, np.ndarray]) -> tuple[str, ...]:
    """Prefixes of what is not in the file, or not in the segmenter."""
    unused = ["head.", "aux_head."]  # the classifier of ImageNet; ours
    if not any(name.startswith(HEADS) for name in state):
        unused += HEADS
    elif f"{CLASSIFIERS['mlp']}.weight" in state:
        unused.append(f"{CLASSIFIERS['daformer']}.")  # the released all-MLP head holds both, and uses one
    return tuple(unused)


def _measured(state: dict) -> tuple[tuple[int, ...], tuple[int, ...]]:
    patches = [state.get(f"patch_embed{stage}.proj.weight") for stage in range(1, 5)]
    widths = tuple(0 if patch is None or patch.ndim != 4 else patch.shape[0] for patch in patches)
    blocks = {found.groups() for name in state if (found := re.match(r"block([1-4])\.(\d+)\.", name))}
    return widths, tuple(sum(stage == str(number) for stage, _ in blocks) for number in range(1, 5))


def _distance(size: Size, widths: tuple[int, ...], depths: tuple[int, ...]) -> int:
    pairs = (*zip(size.widths, widths, strict=True), *zip(size.depths, depths, strict=True))
    return sum(abs(one - other) for one, other in pairs)


def _listed(numbers: tuple[int, ...]) -> str:
    return "-".join(map(str, numbers))
