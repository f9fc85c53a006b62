"""`import-weights`: a published checkpoint of the DeepLab-v2 family or SegFormer -> a folder that a run starts from."""

from pathlib import Path

from keras_uda.config.field_types import parse_size
from keras_uda.config.parser import Parser
from keras_uda.core.atomic import atomic_folder
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import CITYSCAPES_13
from keras_uda.core.classes import CITYSCAPES_16
from keras_uda.core.console import say
from keras_uda.core.errors import UsageError
from keras_uda.core.files import sha256
from keras_uda.segmenters.weights.checkpoints import read_checkpoint

KNOWN_CLASSES = {len(names): names for names in (CITYSCAPES, CITYSCAPES_16, CITYSCAPES_13)}


def main(arguments: list[str]) -> None:
    flags = parser().parse_args(arguments)
    output = Path(flags.output)
    if output.exists():
        raise UsageError("--output", f"{output} exists", "Name a new folder")
    if not flags.dilations or min(flags.dilations) < 1:
        raise UsageError("--dilations", f"{flags.dilations} are no dilations", "Use 6 12 18 24, or 6 12")
    parse_size(flags.size)
    import_file(Path(flags.input), output, flags)


def parser() -> Parser:
    parser = Parser(prog="python -m keras_uda import-weights", description=__doc__)
    add = parser.add_argument
    add("--input", metavar="FILE", required=True, help=".pth of torch.save, or .safetensors; read without PyTorch")
    add("--output", metavar="DIR", required=True, help="new folder for --segmenter.weights")
    names = "names in the order of the outputs (default: Cityscapes, if they are 19, 16 or 13)"
    add("--classes", nargs="+", metavar="NAME", help=names)
    add("--levels", type=int, choices=(1, 2), help="heads of the segmenter, if those of the file are left out")
    branches = "branches that are summed; 6 12 for AdaptSegNet and codes made from it"
    add("--dilations", nargs="+", type=int, default=[6, 12, 18, 24], help=branches)
    modes = "as published by default: live for SegFormer, batch_stats for the others"
    add("--batch-norm", choices=("live", "batch_stats", "frozen"), help=modes)
    add("--size", default="1024x512", metavar="WxH", help="size that the weights were trained at")
    left_out = "layers to leave out, they start at random; `heads` takes the backbone only"
    add("--without", nargs="+", default=[], metavar="PREFIX", help=left_out)
    add("--prefix", help="the network to take, if the file holds several")
    add("--debug", action="store_true")
    return parser


def import_file(path: Path, output: Path, flags) -> None:
    """Reads the file before TensorFlow starts: a wrong one is refused at once."""
    state = read_checkpoint(path)
    from keras_uda.segmenters.build import save_segmenter
    from keras_uda.segmenters.weights.published import import_weights
    from keras_uda.segmenters.weights.record import make_record

    imported = import_weights(
        state,
        path,
        classes=len(flags.classes) if flags.classes else None,
        levels=flags.levels,
        dilations=tuple(flags.dilations),
        batch_norm=flags.batch_norm,
        without=flags.without,
        prefix=flags.prefix,
    )
    classes = flags.classes or KNOWN_CLASSES.get(imported.segmenter.output["logits"].shape[-1])
    if not classes:
        outputs = imported.segmenter.output["logits"].shape[-1]
        raise UsageError("--classes", f"the head has {outputs} outputs", "Name them in their order with --classes")
    provenance = {"imported_from": path.name, "sha256": sha256(path), "loaded": imported.loaded}
    provenance |= {"left_out": imported.left_out, "at_random": imported.at_random}
    with atomic_folder(output) as folder:
        save_segmenter(imported.segmenter, folder, make_record(imported.config, classes, flags.size, provenance))
    counts = f"{imported.loaded} of {len(imported.segmenter.weights)} arrays set"
    say(f"{imported.config.name}: {counts}, {len(imported.left_out)} tensors of the file left out")
    say(f"start a run from it: --segmenter.name {imported.config.name} --segmenter.weights {output}{_size(imported)}")
    if imported.at_random:
        say(f"{', '.join(imported.at_random[:3])}{', ...' * (len(imported.at_random) > 3)} start at random")


def _size(imported) -> str:
    """The flag that a run needs besides, where a network comes in sizes."""
    size = imported.config.arguments.get("size")
    return f" --segmenter.arguments.size {size}" if size else ""
