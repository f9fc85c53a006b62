"""`weak-labels annotate`: a page on this machine where a person tags images with keyboard and mouse."""

import webbrowser
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from keras_uda.config.command_line import Parser
from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import run_config
from keras_uda.config.schema import parse_size
from keras_uda.core.console import progress
from keras_uda.core.console import say
from keras_uda.core.console import warn
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.core.files import list_files
from keras_uda.weak_labels.annotator.guesses import most_useful_first
from keras_uda.weak_labels.annotator.guesses import presence
from keras_uda.weak_labels.annotator.guesses import read_guesses
from keras_uda.weak_labels.annotator.guesses import write_guesses
from keras_uda.weak_labels.annotator.server import IMAGES
from keras_uda.weak_labels.annotator.server import open_server
from keras_uda.weak_labels.annotator.session import Session
from keras_uda.weak_labels.annotator.session import locked
from keras_uda.weak_labels.annotator.session import spread_out

ORDERS = ("useful", "spread", "name")
BATCH = 8


def annotate(arguments: list[str]) -> None:
    """Serves the page until Ctrl-C; the same command again continues."""
    parser = Parser(prog="python -m keras_uda weak-labels annotate", description="Tags images by hand, in the browser.")
    parser.add_argument("--images", metavar="DIR", help="the images; names in the file are relative to it")
    parser.add_argument("--model", metavar="RUN", help="pre-fill tags with what the segmenter of this run sees")
    parser.add_argument("--order", default="useful", metavar="|".join(ORDERS),
                        help="most useful first (with --model), spread over the drive, or by name")  # fmt: skip
    parser.add_argument("--port", type=int, default=8421, help="0 takes a free one (default 8421)")
    parser.add_argument("--browser", action="store_true", help="open the page as well")
    add_run_flags(parser)
    run, options = run_config(parser, arguments)
    if options["order"] not in ORDERS:
        raise UsageError("--order", f"`{options['order']}` is no order", f"Use {', '.join(ORDERS)}")
    if not options["images"]:
        raise UsageError("--images", "the folder of images is missing", "Give --images DIR")
    folder, output = Path(options["images"]), Path(options["output"] or "tags.csv")
    if output.suffix != ".csv":
        raise UsageError("--output", f"`{output}` does not end in .csv", "Name a file like tags.csv")
    images = writable_names([path.relative_to(folder).as_posix() for path in list_files(folder, IMAGES)])
    if not images:
        raise DataError(folder, "no image here", f"Give a folder with {', '.join(IMAGES)}")
    with locked(output):
        guesses = guess(Path(options["model"]), folder, images, output, run.data.classes) if options["model"] else {}
        ordered = in_order(images, options["order"], guesses)
        serve(Session(folder, ordered, output, run.data.classes, guesses), options["port"], options["browser"])


def writable_names(names: list[str]) -> list[str]:
    """The names that a UTF-8 file can hold; others are left out with a warning."""
    strange = [name for name in names if name.encode(errors="ignore").decode() != name]
    if strange:
        first = strange[0].encode(errors="backslashreplace").decode()
        warn(f"{len(strange)} images are left out: their names are not UTF-8, the first is {first}. Rename them")
    return [name for name in names if name not in set(strange)]


def in_order(images: list[str], order: str, guesses: dict[str, np.ndarray]) -> list[str]:
    if order == "name":
        return images
    return most_useful_first(images, guesses) if order == "useful" and guesses else spread_out(images)


def serve(session: Session, port: int, browser: bool) -> None:
    server, address = open_server(session, port)
    say(f"tag {len(session.images)} images at {address}\n(this machine only; every change is saved; Ctrl-C ends)")
    if browser:
        webbrowser.open(address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        state = session.progress()
        pace = f", {state['seconds']} s per image" if state["seconds"] else ""
        say(f"{state['done']} of {state['total']} images tagged{pace}: {session.output}. The same command continues.")


def guess(
    model: Path, folder: Path, images: list[str], output: Path, classes: tuple[str, ...]
) -> dict[str, np.ndarray]:
    """Image -> float32 (C,): how sure the segmenter is that each class is there. Kept beside the output."""
    from keras_uda.segmenters.build import load_segmenter

    segmenter, record = load_segmenter(model)
    kept, key = output.with_suffix(".guesses.npz"), f"{record['sha256']} {','.join(classes)}"
    guesses = read_guesses(kept, key)
    missing = [image for image in images if image not in guesses]
    for image, seen in progress(
        seen_by(segmenter, record, folder, missing), "looking at the images", total=len(missing)
    ):
        columns = [record["classes"].index(name) if name in record["classes"] else -1 for name in classes]
        guesses[image] = np.append(seen, 0.0).astype("float32")[columns]
    if missing:
        write_guesses(kept, guesses, key)
    return {image: guesses[image] for image in images}


def seen_by(segmenter, record: dict, folder: Path, images: list[str]) -> Iterator[tuple[str, np.ndarray]]:
    """(image, float32 (classes of the model,)) in batches of one size."""
    import tensorflow as tf

    from keras_uda.data.decoding import decode_image
    from keras_uda.segmenters.inference import probabilities_of

    size = parse_size(record["size"])

    @tf.function(reduce_retracing=True)
    def probabilities(batch):
        return probabilities_of(segmenter, batch)

    for first in range(0, len(images), BATCH):
        names = images[first : first + BATCH]
        batch = [readable(folder / name, size, decode_image) for name in names]
        for name, one in zip(names, probabilities(tf.stack(batch)).numpy(), strict=True):
            yield name, presence(one)


def readable(path: Path, size: tuple[int, int], decode):
    import tensorflow as tf

    try:
        return decode(tf.constant(str(path)), size)
    except tf.errors.OpError:
        warn(f"{path}: cannot be read")
        return tf.zeros((size[1], size[0], 3), "uint8")
