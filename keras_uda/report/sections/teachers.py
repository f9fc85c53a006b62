"""A section of the report: teacher, student, and the network of the student without a teacher, on the same frames."""

import json
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path

from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import say
from keras_uda.core.console import warn
from keras_uda.core.errors import UdaError
from keras_uda.data.domains import Domains
from keras_uda.evaluation.metrics import percent
from keras_uda.evaluation.models import MODELS
from keras_uda.evaluation.models import own_scores
from keras_uda.evaluation.stage_scores import folder_miou
from keras_uda.runs.stage import Stage
from keras_uda.runs.teachers import teachers_of
from keras_uda.segmenters.weights.record import read_record

TEXT = (
    "The student learnt from the teacher on target images without labels. The other rows are its network without a "
    "teacher, trained on source labels alone and on target labels. The method without the teacher needs its own run."
)


def write_teacher_section(stages: Sequence[Stage], domains: Domains, content: Mapping) -> None:
    """Writes `sections/teachers.json`; nothing is scored without labelled held-out frames.

    Args:
        stages: all of a run, finished.
        domains: of the run.
        content: of its `evaluation.json`.
    """
    run, folder = stages[-1].run, stages[-1].run_folder
    teachers = dict.fromkeys(path for stage in stages for path in teachers_of(stage).values())
    rows = [["teacher", *described(path, stages[-1], domains)] for path in teachers]
    rows.append(["student", run.segmenter.name, percent((own_scores(content, run.method) or {}).get("miou"))])
    for name in ("source_only", "oracle"):
        if content.get(name):
            rows.append([f"student, {MODELS[name]}", run.segmenter.name, percent(content[name]["miou"])])
    say("mIoU in %: " + ", ".join(f"{who} {miou}" for who, _, miou in rows))
    section = {"title": "Teacher and student", "text": TEXT, "columns": ["who", "network", "mIoU in %"], "rows": rows}
    (folder / "sections").mkdir(exist_ok=True)
    atomic_write(folder / "sections" / "teachers.json", json.dumps(section, indent=1))


def described(path: str, stage: Stage, domains: Domains) -> tuple[str, str]:
    """(network, mIoU) of a teacher; one that went away after the training has no score."""
    try:
        name = read_record(Path(path))[1].name
        miou = folder_miou(Path(path), stage.run, domains, "teacher") if domains.held_out is not None else None
    except UdaError as error:
        warn(f"the teacher is not scored: {error}")
        return "n/a", "n/a"
    return name, percent(miou)
