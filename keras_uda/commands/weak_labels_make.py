"""`weak-labels make`: tags and points of the target's training split, from its full labels."""

from pathlib import Path

from keras_uda.commands.weak_labels import ACTIONS
from keras_uda.commands.weak_labels import show
from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import run_config
from keras_uda.config.parser import Parser
from keras_uda.config.schema import RunConfig
from keras_uda.core.console import progress
from keras_uda.core.console import say
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import did_you_mean
from keras_uda.data.prepared import Prepared
from keras_uda.data.prepared import labels_of
from keras_uda.weak_labels.files import points_file
from keras_uda.weak_labels.files import write_weak_labels
from keras_uda.weak_labels.labels import WeakLabels

PLACES = ("classes", "anywhere", "suggested")


def make(arguments: list[str]) -> None:
    """Derives a tag file, and a point file beside it, from the labels of the target's training split."""
    parser = Parser(prog="python -m keras_uda weak-labels make", description=ACTIONS["make"][1])
    parser.add_argument("--points", type=int, default=0, metavar="N", help="points per present class and image")
    parser.add_argument("--places", default=PLACES[0], metavar="|".join(PLACES),
                        help="one of each class (default), by chance, or where --model suggests")  # fmt: skip
    parser.add_argument("--model", metavar="RUN", help="the run whose segmenter suggests places")
    parser.add_argument("--per-image", type=int, metavar="N",
                        help="points of every image with other --places (default: as with --points)")  # fmt: skip
    parser.add_argument("--minimum-share", type=float, default=0.1, metavar="S",
                        help="present above this share of the typical area of the class (default 0.1)")  # fmt: skip
    parser.add_argument("--minimum-area", type=float, metavar="A",
                        help="instead: present above this share of the image area, for every class")  # fmt: skip
    parser.add_argument("--minimum-pixels", type=int, metavar="N",
                        help="instead: present with at least so many pixels of the stored label")  # fmt: skip
    parser.add_argument("--images", type=int, metavar="N", help="tag only so many images, chosen by --seed")
    parser.add_argument("--official-thresholds", action="store_true",
                        help="as released: counted at 1024x512, compared at the size of the labels")  # fmt: skip
    add_run_flags(parser)
    run, options = run_config(parser, arguments)
    output = Path(options["output"] or "tags.csv")
    check_make(output, options)
    weak = derive(run, options)
    output.parent.mkdir(parents=True, exist_ok=True)
    write_weak_labels(output, weak)
    show(weak)
    beside = f" and {points_file(output)}" if weak.points else ""
    say(f"written: {output}{beside} ({len(weak.tags)} images, {sum(map(len, weak.points.values()))} points)")


def check_make(output: Path, options: dict) -> None:
    """Raises UsageError for files that are there and numbers that cannot be meant."""
    if output.suffix != ".csv":
        raise UsageError("--output", f"`{output}` does not end in .csv", "Name a file like tags.csv")
    for file in (output, points_file(output)):
        if file.exists():
            raise UsageError("--output", f"{file} exists", "Name another file")
    least = {"points": 0, "per_image": 1, "images": 1, "minimum_share": 0, "minimum_area": 0, "minimum_pixels": 1}
    for name, smallest in least.items():
        value = options[name]
        if value is not None and not smallest <= value < (1 if name == "minimum_area" else float("inf")):
            raise UsageError(f"--{name.replace('_', '-')}", f"`{value}` is not valid", f"Give {smallest} or more")
    if options["minimum_area"] is not None and options["minimum_pixels"] is not None:
        raise UsageError("--minimum-pixels", "stands beside --minimum-area", "Give one of them")
    check_places(options["places"], options["model"], options["per_image"], options["points"])


def check_places(places: str, model: str | None, per_image: int | None, points: int) -> None:
    """Raises UsageError where it is not clear which pixels are clicked, or how many."""
    if places not in PLACES:
        raise UsageError("--places", f"`{places}` is not valid", did_you_mean(places, PLACES))
    if places == PLACES[0] and per_image is not None:
        what = f"{per_image}, but --places {places} goes by --points"
        raise UsageError("--per-image", what, f"Add --places {' or '.join(PLACES[1:])}")
    if places != PLACES[0] and per_image is None and not points:
        raise UsageError("--places", f"`{places}`, but no number of points", "Give --per-image N or --points N")
    if (places == "suggested") != (model is not None):
        what = "is missing" if model is None else f"`{model}`, but --places {places} asks no segmenter"
        raise UsageError("--model", what, "Give --places suggested --model RUN")


def derive(run: RunConfig, options: dict) -> WeakLabels:
    from keras_uda.weak_labels.derive import derive_weak_labels
    from keras_uda.weak_labels.derive import official_share
    from keras_uda.weak_labels.join import full_labels

    (prepared, labelled_classes), share = full_labels(run.data), options["minimum_share"]
    if options["official_thresholds"]:
        share = official_share(next(labels_of(prepared))[1].size)
    weak = derive_weak_labels(
        labels_of(prepared),
        run.data.classes,
        minimum_share=share,
        minimum_area=options["minimum_area"],
        minimum_pixels=options["minimum_pixels"],
        points_per_class=options["points"],
        images=options["images"],
        seed=run.seed,
        labelled_classes=labelled_classes,
    )
    return weak if options["places"] == PLACES[0] else elsewhere(weak, prepared, run.seed, options)


def elsewhere(weak: WeakLabels, prepared: Prepared, seed: int, options: dict) -> WeakLabels:
    """The same images and tags with points where `--places` says."""
    from keras_uda.core import runtime  # noqa: F401 - sets TensorFlow up  # isort: skip
    from keras_uda.weak_labels import placing

    suggest = placing.Suggester(Path(options["model"])) if options["model"] else None
    choose = placing.suggested(suggest, prepared) if suggest else placing.anywhere(seed)
    frames = progress(labels_of(prepared), "choosing places", total=len(prepared))
    return placing.with_points_at(weak, frames, choose, options["per_image"])
