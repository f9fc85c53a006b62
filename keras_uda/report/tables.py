"""The tables of the report: classes, means, stages, class shares."""

from keras_uda.core.classes import palette
from keras_uda.evaluation.metrics import gap_closed
from keras_uda.evaluation.score_table import means
from keras_uda.report import records
from keras_uda.report.facts import difference
from keras_uda.report.facts import duration_in_words
from keras_uda.report.inputs import Inputs


def swatches(inputs: Inputs) -> dict[str, str]:
    """Class -> CSS colour."""
    return {
        name: "#{:02x}{:02x}{:02x}".format(*rgb)
        for name, rgb in zip(inputs.classes, palette(inputs.classes), strict=True)
    }


def legend(inputs: Inputs) -> list[tuple[str, str]]:
    """(class, colour) of the classes that can appear in the pictures."""
    return [(name, colour) for name, colour in swatches(inputs).items() if name not in inputs.merge]


def class_rows(inputs: Inputs) -> tuple[list[dict], list[str]]:
    """One row per class with a score, and the names of the classes that are neither there nor predicted."""
    colours, rows, absent = swatches(inputs), [], []
    scored = inputs.scored
    matrix = next((scores["confusion"] for scores in scored.values() if scores.get("confusion")), None)
    total = sum(map(sum, matrix)) if matrix else 0
    for i, name in enumerate(inputs.classes):
        iou = {model: (scores.get("per_class_iou") or {}).get(name) for model, scores in scored.items()}
        if all(value is None for value in iou.values()):
            absent += [] if name in inputs.merge else [name]
            continue
        share = sum(matrix[i]) / total if total else None
        change = difference(iou.get("adapted"), iou.get("source_only"))
        rows.append({"name": name, "colour": colours[name], "iou": iou, "change": change, "share": share})
    return rows, absent


def mean_rows(inputs: Inputs) -> list[dict]:
    """mIoU over every set of classes and frames that was asked for; means over classes that are absent are left out."""
    rows, models = [], list(inputs.scored)
    for name, values in means(list(inputs.scored.values())) if models else ():
        miou = dict(zip(models, values, strict=True))
        if all(value is None for value in values):
            continue
        gap = gap_closed(*(miou.get(model) for model in ("source_only", "adapted", "oracle")))
        change = difference(miou.get("adapted"), miou.get("source_only"))
        rows.append({"name": name, "miou": miou, "change": change, "gap": gap})
    return rows


def stage_rows(inputs: Inputs) -> list[dict]:
    """Name, method, steps, time and, where `stage_scores.json` has it, mIoU of every stage."""
    scores, before, rows = inputs.mapping("stage_scores.json", records.STAGE_SCORES), 0.0, []
    for name, stage in inputs.setting("stages", default={}).items():
        lines = inputs.metrics_of.get(name, [])
        last = max((line.get("time", 0.0) for line in lines), default=before)
        done = max((line["step"] for line in lines), default=0)
        steps = stage.get("steps", 0)
        spent = duration_in_words(last - before) if lines else ""
        row = {"name": name, "method": stage.get("method"), "steps": steps, "done": done, "spent": spent}
        rows.append(row | {"miou": scores.get(name), "rate": (last - before) / done if done else None})
        before = last
    return rows


def share_rows(inputs: Inputs) -> list[dict]:
    """Share of the pixels of the kept frames that each model gives to each class, largest first."""
    colours, maps = swatches(inputs), inputs.frames.predictions
    rows = []
    for i, name in enumerate(inputs.classes):
        shares = {model: float((predicted == i).mean()) for model, predicted in maps.items()}
        if any(share >= 0.0005 for share in shares.values()):
            rows.append({"name": name, "colour": colours[name], "shares": shares})
    return sorted(rows, key=lambda row: -max(row["shares"].values()))
