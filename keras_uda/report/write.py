"""Run folder -> `report.html`: one file that opens offline, with everything one needs to judge the run."""

from collections.abc import Mapping
from pathlib import Path

import jinja2
import numpy as np
from markupsafe import Markup

from keras_uda.core.atomic import atomic_write
from keras_uda.core.errors import DataError
from keras_uda.evaluation.metrics import percent
from keras_uda.evaluation.models import MODELS
from keras_uda.report import extras
from keras_uda.report import facts
from keras_uda.report import figures
from keras_uda.report import strips
from keras_uda.report import tables
from keras_uda.report.inputs import Inputs

TEMPLATES = Path(__file__).resolve().parent / "templates"


def write_report(run_folder: Path | str) -> Path:
    """Writes `report.html` of a run folder; what the folder lacks, the page says.

    Args:
        run_folder: as `train.py` leaves it; see `extras` for what methods may add.
    Returns:
        Path of the report.
    Raises:
        DataError: the folder is not a run.
    """
    inputs = Inputs(Path(run_folder))
    if not (inputs.record or inputs.evaluation or inputs.config):
        raise DataError(run_folder, "no run.json, config.yaml or evaluation.json here", "Name the folder of a run")
    path = inputs.folder / "report.html"
    atomic_write(path, render(inputs))
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
    rows, absent = tables.class_rows(inputs)
    return environment.get_template("report.html.j2").render(
        run_name=inputs.folder.resolve().name,
        models=MODELS,
        scored=inputs.scored,
        headline=facts.headline(inputs),
        statements=facts.statements(inputs),
        notes=extras.notes(inputs),
        groups=strips.groups(inputs),
        kept=len(inputs.frames.names),
        labelled=inputs.frames.labels is not None,
        legend=tables.legend(inputs),
        change_colours={name: "#{:02x}{:02x}{:02x}".format(*rgb) for name, rgb in figures.CHANGE_COLOURS.items()},
        class_rows=rows,
        absent=absent,
        merge=inputs.merge,
        mean_rows=tables.mean_rows(inputs),
        matrices=matrices(inputs),
        shares=[] if inputs.scored else tables.share_rows(inputs),
        entropy=None if inputs.frames.entropy is None else float(inputs.frames.entropy.mean() / 255),
        stages=tables.stage_rows(inputs),
        curves=curves(inputs),
        sections=extras.sections(inputs),
        config_text=inputs.config_text,
    )


def matrices(inputs: Inputs) -> list[dict]:
    """Title, explanation and picture of the confusion of the run's model, and of what adaptation changed in it."""
    known = {model: np.array(s["confusion"]) for model, s in inputs.scored.items() if s.get("confusion")}
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
    by_stage: dict[str, list[Mapping]] = {}
    for line in inputs.metrics:
        by_stage.setdefault(line["stage"], []).append(line)
    return [
        (stage, [_figure(name, "", figures.loss_curves(lines, [name])) for name in figures.quantities(lines)])
        for stage, lines in by_stage.items()
    ]


def _figure(title: str, text: str, figure) -> dict:
    width = figure.get_size_inches()[0]
    return {"title": title, "text": text, "svg": Markup(figures.figure_to_svg(figure)), "width": round(96 * width)}
