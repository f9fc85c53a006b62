"""`benchmark export`: latency, memory, size and accuracy of all artefacts of an export side by side."""

from pathlib import Path

from keras_uda.config.command_line import Parser
from keras_uda.core.console import say
from keras_uda.core.errors import UsageError


def main(arguments: list[str]) -> None:
    description = "Times every artefact of an export on this machine, each in a process of its own."
    parser = Parser(prog="python -m keras_uda benchmark export", description=description)
    parser.add_argument("--export", metavar="DIR", required=True, help="folder that export.py wrote")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    flags = parser.parse_args(arguments)
    if not Path(flags.export).is_dir():
        raise UsageError("--export", f"{flags.export} is not a folder", "Name a folder that export.py wrote")
    benchmark(Path(flags.export))


def benchmark(folder: Path) -> None:
    """Prints a line per artefact, latencies as ratios to the float32 `.tflite` file, and this machine's matrix rate."""
    from keras_uda.artefacts.manifest import read_manifest
    from keras_uda.artefacts.manifest import require_unchanged

    content = read_manifest(folder)
    entries = content["artefacts"]
    for entry in entries.values():
        require_unchanged(folder / entry["file"], entry)  # all of them, before the first one runs

    from keras_uda.core import runtime  # noqa: F401 - sets TensorFlow up  # isort: skip
    import numpy as np

    from keras_uda.config.schema import parse_size
    from keras_uda.evaluation.metrics import percent
    from keras_uda.export.parity import run_apart
    from keras_uda.training.timing import matrix_rate
    from keras_uda.world.render import render

    frames = np.stack([render("drive", index, parse_size(content["size"]), 0)[0] for index in range(2)])
    results = {name: run_apart(folder / entry["file"], frames) for name, entry in entries.items()}
    reference = "tflite" if "tflite" in results else next(iter(results))
    say(f"{content['segmenter']['architecture']} at {content['size']}, one frame at a time, median:")
    width = max(24, *(len(entry["file"]) + 2 for entry in entries.values()))
    columns = f"{'frames/s':>10}{'ratio':>7}{'MiB':>7}{'same pixels':>12}{'mIoU %':>8}"
    say(f"  {'artefact':<{width}}{'MB':>8}{'ms':>8}{columns}")
    for name, result in results.items():
        entry, ratio = entries[name], result.milliseconds / results[reference].milliseconds
        say(
            f"  {entry['file']:<{width}}{entry['size_bytes'] / 1e6:>8.2f}{result.milliseconds:>8.1f}"
            f"{1000 / result.milliseconds:>10.1f}{ratio:>7.2f}{result.memory_mib:>7.0f}"
            f"{100 * entry['agreement']:>10.2f} %{percent(entry['miou']):>8}"
        )
    file, rate = entries[reference]["file"], matrix_rate() / 1e9
    frame = results[reference].milliseconds / 1000 * rate
    say(f"matrix rate: {rate:.0f} GFLOP/s of float32 here; a frame of {file} lasts {frame:.2f} GFLOP of it")
    say(f"ratio: to {file}; agreement and mIoU: of the export, on {content['checked_on']['from']}")
