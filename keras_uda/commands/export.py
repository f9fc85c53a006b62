"""`export.py`: run folder -> SavedModel and LiteRT files, each checked against Keras before it is published."""

from pathlib import Path

from keras_uda.console import say
from keras_uda.errors import UsageError
from keras_uda.parsing import Parser
from keras_uda.run_folder import newest_run

FORMATS = ("saved_model", "tflite")
QUANTIZATIONS = ("none", "float16", "dynamic", "int8")


def parser() -> Parser:
    parser = Parser(
        prog="export.py", description="Exports a run and proves that it is the same model."
    )
    parser.add_argument("--run", metavar="DIR", help="run folder (default: the newest finished one)")
    parser.add_argument("--output", metavar="DIR", help="new folder (default: exports/<run>-<n>)")
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=list(FORMATS), help="what to write")
    text = "one .tflite file each; int8 is calibrated on target images"
    parser.add_argument("--quantize", nargs="+", choices=QUANTIZATIONS, default=["none"], help=text)
    text = "of the SavedModel: the size of the network, or any size, resized in the graph"
    parser.add_argument("--input-size", choices=("fixed", "free"), default="fixed", help=text)
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def main(arguments: list[str]) -> None:
    flags = parser().parse_args(arguments)
    if flags.quantize != ["none"] and "tflite" not in flags.formats:
        raise UsageError("--quantize", "only .tflite files can be quantised", "Add tflite to --formats")
    run = Path(flags.run) if flags.run else newest_run(finished=True).path
    if not run.is_dir():
        raise UsageError("--run", f"{run} is not a folder", "Name a run folder")
    output = Path(flags.output) if flags.output else None
    if output is not None and output.exists():
        raise UsageError("--output", f"{output} exists already, and exports are never changed", "Name a new folder")
    folder = export(run, output, flags)
    say(f"next: python -m keras_uda predict --input drive.mp4 --model {folder}")


def export(run: Path, output: Path | None, flags) -> Path:
    from keras_uda.segmenters.record import read_record

    read_record(run)  # a folder that is no run is told before TensorFlow is imported
    from keras_uda import runtime
    from keras_uda.export.publish import Wanted
    from keras_uda.export.publish import export_run

    runtime.set_up(seed=0)
    unique = {name: tuple(dict.fromkeys(getattr(flags, name))) for name in ("formats", "quantize")}
    return export_run(run, output, Wanted(**unique, input_size=flags.input_size))
