"""`weak-labels make | check | annotate | budget`: image tags and points, from full labels or by hand."""

import importlib
from pathlib import Path

from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import run_config
from keras_uda.config.parser import Parser
from keras_uda.config.schema import RunConfig
from keras_uda.core.console import say
from keras_uda.core.console import warn
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.core.files import list_files
from keras_uda.data.formats.images import SUFFIXES
from keras_uda.data.readers.file_names import name_below
from keras_uda.weak_labels.files import check_images
from keras_uda.weak_labels.files import points_file
from keras_uda.weak_labels.files import read_weak_labels
from keras_uda.weak_labels.image_names import remedy_for
from keras_uda.weak_labels.image_names import under_known_names
from keras_uda.weak_labels.labels import WeakLabels
from keras_uda.weak_labels.labels import counts

ACTIONS = {
    "make": ("keras_uda.commands.weak_labels_make:make", "tags and points of the target, from its full labels"),
    "check": ("keras_uda.commands.weak_labels:check", "every mistake of a file, with its row, and counts per class"),
    "annotate": ("keras_uda.commands.annotate:annotate", "tag images by hand, in the browser"),
    "budget": ("keras_uda.commands.budget:budget", "mIoU against annotation time: what does an hour of tagging buy?"),
}
USAGE = "usage: python -m keras_uda weak-labels ACTION ... (ACTION --help shows its flags)\n\n" + "\n".join(
    f"  {name:<10} {text}" for name, (_, text) in ACTIONS.items()
)
MISTAKES_SHOWN = 20


def main(arguments: list[str]) -> None:
    action = arguments[0] if arguments else None
    if action in ("-h", "--help"):
        print(USAGE)
        return
    if action not in ACTIONS:
        what = f"`{action}` is not an action" if action else "an action is missing"
        raise UsageError("weak-labels", what, f"Use {', '.join(ACTIONS)}")
    module, _, function = ACTIONS[action][0].partition(":")
    getattr(importlib.import_module(module), function)(arguments[1:])


def check(arguments: list[str]) -> None:
    """Names every mistake of a tag file and of its points, and counts its tags per class."""
    parser = Parser(prog="python -m keras_uda weak-labels check", description=ACTIONS["check"][1])
    parser.add_argument("--tags", metavar="FILE", help="CSV; points are taken from the file beside it")
    parser.add_argument("--points", metavar="FILE", help="JSON lines")
    parser.add_argument("--images", metavar="DIR", help="the images (default: the target's training split)")
    add_run_flags(parser)
    run, options = run_config(parser, arguments)
    tags, points = (Path(options[name]) if options[name] else None for name in ("tags", "points"))
    if tags is None and points is None:
        raise UsageError("weak-labels check", "no file to check", "Give --tags FILE, --points FILE, or both")
    mistakes: list[DataError] = []

    def complain(*mistake: str) -> None:
        mistakes.append(DataError(*mistake))

    weak = read_weak_labels(tags, points, classes=run.data.classes, complain=complain)
    sizes, known, root = images_of(run, Path(options["images"]) if options["images"] else None)
    weak = under_known_names(weak, known, root, tags or points)
    check_images(weak, sizes, tags, points or (tags and points_file(tags)), complain, remedy_for(known, root))
    show(weak)
    for mistake in mistakes[1:MISTAKES_SHOWN]:
        warn(str(mistake))
    if mistakes:
        if len(mistakes) > 1:
            warn(f"{len(mistakes)} mistakes in all; the first follows")
        raise mistakes[0]
    say(f"no mistakes: {len(weak.images())} images, {sum(map(len, weak.points.values()))} points")


def images_of(run: RunConfig, images: Path | None):
    """(name -> (width, height), None where there is no such image; what images may be called; their folder)."""
    from keras_uda.config.field_types import parse_size
    from keras_uda.data.domain import open_domain
    from keras_uda.data.readers.pairing import Pair
    from keras_uda.data.readers.pairing import names_of_pairs
    from keras_uda.weak_labels.join import stored_size

    if images is not None:
        if not images.is_dir():
            raise DataError(images, "no such folder", "Check --images")
        pairs, root = [Pair(name_below(path, images), path, None) for path in list_files(images, SUFFIXES)], images
    else:
        domain = open_domain(run.data.target, run.data.classes, run.data.target.split, cache=run.data.cache)
        pairs, root = domain.pairs, domain.root
    files = {pair.name: pair.image for pair in pairs}

    def size_of(name: str) -> tuple[int, int] | None:
        if files.get(name, "") is None:
            return parse_size(run.data.target.size)  # a frame of a built-in world
        return stored_size(files[name]) if name in files else None

    return size_of, names_of_pairs(pairs, root), root


def show(weak: WeakLabels) -> None:
    """Counts per class, as a table."""
    say(f"{'class':<16} {'present':>8} {'absent':>8} {'unknown':>8} {'points':>8}")
    for name, row in counts(weak).items():
        say(f"{name:<16} {row['present']:>8} {row['absent']:>8} {row['unknown']:>8} {row['points']:>8}")
