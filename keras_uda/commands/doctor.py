"""`doctor`: checks the data of a configuration before training, without TensorFlow."""

from pathlib import Path

from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import run_config
from keras_uda.config.method_spec import learns_from_weak_labels
from keras_uda.config.method_spec import method_facts
from keras_uda.config.method_spec import reads_of
from keras_uda.config.parser import Parser
from keras_uda.config.schema import RunConfig
from keras_uda.core.atomic import atomic_write
from keras_uda.core.classes import IGNORE
from keras_uda.core.console import say
from keras_uda.data.doctor.contact_sheet import contact_sheet
from keras_uda.data.doctor.examine import Examination
from keras_uda.data.doctor.examine import examine
from keras_uda.data.problems import Problem
from keras_uda.data.problems import data_error

SHOWN_PROBLEMS = 20


def main(arguments: list[str]) -> None:
    parser = Parser(prog="python -m keras_uda doctor", description="Checks the data of a configuration.")
    add_run_flags(parser)
    parser.add_argument("--sheet", metavar="FILE", help="write a PNG with some images and labels of each domain")
    config, options = run_config(parser, arguments)
    run(config, options["sheet"], options["output"])


def opens_target_labels(config: RunConfig) -> bool:
    """Whether a stage trains on labels of the target, or derives weak labels from them."""
    facts = [method_facts(stage.method) for stage in config.stages.values()]
    reads = [one for stage in config.stages.values() for one in reads_of(stage)]
    return learns_from_weak_labels(reads) or any(one.target_labels != "none" for one in facts)


def run(config: RunConfig, sheet: str | None = None, output: str | None = None) -> None:
    """Checks both domains and prints what it finds.

    Args:
        config: the configuration of the run.
        sheet: PNG file for a contact sheet.
        output: folder for `bad_files.txt`, the whole list.
    Raises:
        DataError: something must be repaired; every problem is in its notes.
    """
    results = examine(config.data, target_labels=opens_target_labels(config))
    for result in results:
        say(summary(result))
    say(class_table(results))
    if sheet is not None:
        atomic_write(sheet, contact_sheet(results))
        say(f"contact sheet: {sheet}")
    problems = [Problem(f"{r.title}: {name}", reason) for r in results for name, reason in r.problems]
    if not problems:
        say("doctor: nothing to repair")
        return
    listing = write_listing(output, problems)
    bad = [result for result in results if result.problems]
    if len(bad) == 1 and bad[0].error is not None:
        raise bad[0].error
    of = sum(len(result.domain.pairs) for result in results if result.domain is not None and not result.domain.built_in)
    places = dict.fromkeys(result.where for result in bad)
    raise data_error(
        ", ".join(places), problems, max(of, len(problems)), "Repair them, or leave them out with `exclude`", listing
    )


def write_listing(output: str | None, problems: list[Problem]) -> Path | None:
    if output is None:
        return None
    listing = Path(output) / "bad_files.txt"
    listing.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(listing, "\n".join(map(str, problems)).encode(errors="backslashreplace"))
    return listing


def summary(result: Examination) -> str:
    """A few lines about one split."""
    if result.domain is None:
        head = f"{result.title}: {result.where}: not opened"
    else:
        kind = "built in" if result.domain.built_in else f"class map {result.domain.class_map.name}"
        labels = "labelled" if result.domain.labelled else "images only"
        head = f"{result.title}: {result.where}: {len(result.domain.pairs)} samples, {labels}, {kind}"
    lines = [f"  remark: {remark}" for remark in result.remarks]
    lines += [f"  bad: {problem}" for problem in result.problems[:SHOWN_PROBLEMS]]
    if len(result.problems) > SHOWN_PROBLEMS:
        lines.append(f"  ... and {len(result.problems) - SHOWN_PROBLEMS} more (--output DIR writes all)")
    return "\n".join([head, *lines]).encode(errors="backslashreplace").decode()


def class_table(results: list[Examination]) -> str:
    """Share of the labelled pixels, and number of images, of each class and split whose labels were read."""
    labelled = [result for result in results if result.pixels is not None]
    if not labelled:
        return "no label files read"
    rows = [["class", *(f"{r.title} %" for r in labelled), *(f"{r.title} images" for r in labelled)]]
    classes = labelled[0].domain.classes
    for number, name in [*enumerate(classes), (IGNORE, "ignored")]:
        shares = [f"{100 * r.pixels[number] / r.pixels.sum():.2f}" for r in labelled]
        rows.append([name, *shares, *(str(r.images_with[number]) for r in labelled)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    aligned = [[row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])] for row in rows]
    return "\n".join("  ".join(row) for row in aligned)
