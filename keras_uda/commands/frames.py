"""`frames`: cuts clips into a folder of images, which `train.py --data.target.name folder` takes."""

from pathlib import Path

from keras_uda.config.parser import Parser
from keras_uda.core.atomic import atomic_folder
from keras_uda.core.console import say
from keras_uda.core.errors import UsageError


def parser() -> Parser:
    parser = Parser(prog="python -m keras_uda frames", description="Cuts clips into a folder of images to adapt to.")
    parser.add_argument("--input", nargs="+", required=True, metavar="CLIP", help="files of footage")
    parser.add_argument("--output", required=True, metavar="DIR", help="a new folder")
    parser.add_argument("--every", type=float, default=1.0, metavar="SECONDS", help="between two frames (default 1)")
    parser.add_argument("--most", type=int, metavar="N", help="frames of each clip (default: all)")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def main(arguments: list[str]) -> None:
    flags = parser().parse_args(arguments)
    if not 0 <= flags.every < float("inf"):
        raise UsageError("--every", f"{flags.every} is not an interval", "Give seconds, 0 for every frame")
    if flags.most is not None and flags.most < 1:
        raise UsageError("--most", f"{flags.most} is not a number of frames", "Give at least 1")
    output = Path(flags.output)
    if output.exists():
        raise UsageError("--output", f"{output} exists", "Name a new folder")
    from keras_uda.predict.frames import cut_frames

    with atomic_folder(output) as folder:
        written = cut_frames(flags.input, folder, every=flags.every, most=flags.most)
    for clip, cut in written.items():
        say(f"{clip}: {cut}")
    say(f"next: python -m keras_uda train --data.target.name folder --data.target.root {output}")
