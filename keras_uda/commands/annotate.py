"""`weak-labels annotate`: a page on this machine where a person tags images with keyboard and mouse."""

from pathlib import Path

from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import run_config
from keras_uda.config.parser import Parser
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.core.files import list_files
from keras_uda.weak_labels.annotator.guesses import ORDERS
from keras_uda.weak_labels.annotator.guesses import in_order
from keras_uda.weak_labels.annotator.server import IMAGES
from keras_uda.weak_labels.annotator.server import serve
from keras_uda.weak_labels.annotator.session import MOST_POINTS
from keras_uda.weak_labels.annotator.session import Session
from keras_uda.weak_labels.annotator.session import locked
from keras_uda.weak_labels.annotator.session import writable_names

PLACES = 12  # of an image, where no number is given: about as many as there are classes in a frame


def annotate(arguments: list[str]) -> None:
    """Serves the page until Ctrl-C; the same command again continues."""
    parser = Parser(prog="python -m keras_uda weak-labels annotate", description="Tags images by hand, in the browser.")
    parser.add_argument("--images", metavar="DIR", help="the images; names in the file are relative to it")
    parser.add_argument("--model", metavar="RUN", help="pre-fill tags with what the segmenter of this run sees")
    parser.add_argument("--suggest", nargs="?", type=int, const=PLACES, metavar="N",
                        help=f"with --model: propose N places to click in every image (default {PLACES})")  # fmt: skip
    parser.add_argument("--order", default="useful", metavar="|".join(ORDERS),
                        help="most useful first (with --model), spread over the drive, or by name")  # fmt: skip
    parser.add_argument("--port", type=int, default=8421, help="0 takes a free one (default 8421)")
    parser.add_argument("--browser", action="store_true", help="open the page as well")
    add_run_flags(parser)
    run, options = run_config(parser, arguments)
    if options["order"] not in ORDERS:
        raise UsageError("--order", f"`{options['order']}` is not an order", f"Use {', '.join(ORDERS)}")
    check_suggest(options["suggest"], options["model"])
    if not options["images"]:
        raise UsageError("--images", "the folder of images is missing", "Give --images DIR")
    folder, output = Path(options["images"]), Path(options["output"] or "tags.csv")
    if output.suffix != ".csv":
        raise UsageError("--output", f"`{output}` does not end in .csv", "Name a file like tags.csv")
    images = writable_names([path.relative_to(folder).as_posix() for path in list_files(folder, IMAGES)])
    if not images:
        raise DataError(folder, "no image here", f"Give a folder with {', '.join(IMAGES)}")
    with locked(output):
        guesses, places = {}, {}
        if options["model"]:
            from keras_uda.weak_labels.annotator.prefill import guess

            guesses = guess(Path(options["model"]), folder, images, output, run.data.classes)
        if options["suggest"]:
            from keras_uda.weak_labels.annotator.suggestions import suggestions

            places = suggestions(Path(options["model"]), folder, images, output, options["suggest"])
        ordered = in_order(images, options["order"], guesses)
        serve(Session(folder, ordered, output, run.data.classes, guesses, places), options["port"], options["browser"])


def check_suggest(count: int | None, model: str | None) -> None:
    """Raises UsageError for a number that is none, or without a segmenter to ask."""
    if count is not None and not 1 <= count <= MOST_POINTS:
        raise UsageError("--suggest", f"`{count}` is not valid", f"Give 1 to {MOST_POINTS}")
    if count is not None and not model:
        raise UsageError("--suggest", "there is no segmenter to suggest places", "Add --model RUN")
