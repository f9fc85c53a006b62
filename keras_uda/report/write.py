"""Run folder -> `report.html`: one file that opens offline, with everything one needs to judge the run."""

from pathlib import Path

import jinja2
import numpy as np
from markupsafe import Markup

from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import warn
from keras_uda.evaluation.metrics import percent
from keras_uda.evaluation.models import MODELS
from keras_uda.report import extras
from keras_uda.report import facts
from keras_uda.report import figures
from keras_uda.report import strips
from keras_uda.report import tables
from keras_uda.report.inputs import Inputs
from keras_uda.report.inputs import require_run
from keras_uda.report.sections.also import also_sections

TEMPLATES = Path(__file__).resolve().parent / "templates"
MOST_CURVES, MOST_POINTS = 120, 20_000
MOST_WARNINGS = 20


def write_report(run_folder: Path | str) -> Path:
    """Writes `report.html` of a run folder; what the folder lacks, the page says.

    Args:
        run_folder: as `train.py` leaves it, or as anybody made it; see `extras` for what methods may add. What is
            damaged is left out, and named on the page and in a warning; nothing outside the folder is read.
    Returns:
        Path of the report.
    Raises:
        DataError: the folder is not a run.
    """
    inputs = Inputs(Path(run_folder))
    require_run(inputs)
    path = inputs.folder / "report.html"
    page = render(inputs)
    for line in inputs.problems[:MOST_WARNINGS]:
        warn(f"left out of the report: {line}")
    atomic_write(path, page.encode(errors="backslashreplace"))  # names of files need not be whole texts
    return path


def render(inputs: Inputs) -> str:
    """The page as text."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "points": facts.points, "share": facts.share}
    return environment.get_template("report.html.j2").render(**content(inputs))


def content(inputs: Inputs) -> dict[str, object]:
    """What the page shows, part by part."""
    rows, absent = inputs.part("classes", lambda: tables.class_rows(inputs), ([], []))
    shown = {
        "headline": inputs.part("headline", lambda: facts.headline(inputs), facts.NO_HEADLINE),
        "statements": inputs.part("statements", lambda: facts.statements(inputs), []),
        "groups": inputs.part("frames", lambda: strips.groups(inputs), []),
        "legend": inputs.part("legend", lambda: tables.legend(inputs), []),
        "mean_rows": inputs.part("means", lambda: tables.mean_rows(inputs), []),
        "matrices": inputs.part("confusion", lambda: matrices(inputs), []),
        "shares": [] if inputs.scored else inputs.part("shares", lambda: tables.share_rows(inputs), []),
        "stages": inputs.part("stages", lambda: tables.stage_rows(inputs), []),
        "curves": inputs.part("metrics.jsonl", lambda: curves(inputs), []),
        "sections": inputs.part("sections", lambda: also_sections(inputs) + extras.sections(inputs), []),
        "notes": inputs.part("notes.json", lambda: extras.notes(inputs), []),
    }
    frames = inputs.frames
    return shown | {
        "run_name": inputs.folder.resolve().name,
        "models": MODELS,
        "scored": inputs.scored,
        "kept": len(frames.names),
        "labelled": frames.labels is not None,
        "change_colours": {name: "#{:02x}{:02x}{:02x}".format(*rgb) for name, rgb in figures.CHANGE_COLOURS.items()},
        "class_rows": rows,
        "absent": absent,
        "merge": inputs.merge,
        "entropy": None if frames.entropy is None else float(frames.entropy.mean() / 255),
        "config_text": inputs.config_text,
        "left_out": extras.left_out(inputs),  # the last one: what was found on the way
    }


def matrices(inputs: Inputs) -> list[dict]:
    """Title, explanation and picture of the confusion of the run's model, and of what adaptation changed in it."""
    found = {model: np.array(scores.get("confusion") or 0) for model, scores in inputs.scored.items()}
    known = {model: matrix for model, matrix in found.items() if matrix.any()}
    found = []
    main = inputs.main if inputs.main in known else next(iter(known), None)
    if main:
        picture = figures.confusion_picture(known[main], inputs.classes)
        text = "Each row is a true class; the numbers are the percentage of its pixels given to each class."
        found.append(_figure(f"Confusion, {MODELS[main]}", text, picture))
    if {"source_only", "adapted"} <= set(known):
        picture = figures.change_picture(known["source_only"], known["adapted"], inputs.classes)
        text = "The same for adapted minus source-only, in points. Green is better, red is worse."
        found.append(_figure("What adaptation changed", text, picture))
    return found


def curves(inputs: Inputs) -> list[tuple[str, list[dict]]]:
    """(stage, one picture for each quantity that it logged)."""
    by_stage = inputs.metrics_of
    wanted = [(stage, name) for stage, lines in by_stage.items() for name in figures.quantities(lines)]
    if len(wanted) > MOST_CURVES:
        inputs.problem("metrics.jsonl", f"the first {MOST_CURVES} of {len(wanted)} curves are shown")
    shown: dict[str, list[dict]] = {}
    for stage, name in wanted[:MOST_CURVES]:
        lines = by_stage[stage][:: 1 + len(by_stage[stage]) // MOST_POINTS]
        shown.setdefault(stage, []).append(_figure(name, "", figures.loss_curves(lines, [name])))
    return [(stage, shown.get(stage, [])) for stage in list(by_stage)[:MOST_CURVES]]


def _figure(title: str, text: str, figure) -> dict:
    width = figure.get_size_inches()[0]
    return {"title": title, "text": text, "svg": Markup(figures.figure_to_svg(figure)), "width": round(96 * width)}
