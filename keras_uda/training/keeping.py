"""Whether adapting did good, without labels, and which segmenter of the two the run publishes."""

import json
from pathlib import Path

import keras

from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import say
from keras_uda.core.console import warn
from keras_uda.core.errors import ArtefactError
from keras_uda.core.outside import LARGEST_WEIGHTS
from keras_uda.core.outside import read_bytes
from keras_uda.data.domains import Domains
from keras_uda.evaluation.domain_distance import domain_distance
from keras_uda.evaluation.models import ADAPTED
from keras_uda.evaluation.models import SOURCE_ONLY
from keras_uda.evaluation.models import model_of
from keras_uda.evaluation.scores_file import read_scores
from keras_uda.evaluation.unlabelled_comparison import UnlabelledComparison
from keras_uda.evaluation.unlabelled_comparison import compare
from keras_uda.report.sections.without_labels import write_comparison_section
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.notes import add_note
from keras_uda.runs.stage import Stage
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.weights.record import RECORD_FILE
from keras_uda.segmenters.weights.record import WEIGHTS_FILE
from keras_uda.segmenters.weights.record import read_record

KEY = "without_labels"


def compare_with_source_only(
    stage: Stage, domains: Domains, segmenter: keras.Model, baselines: dict[str, Path], keep: str
) -> None:
    """Says whether adapting seems to have hurt, and publishes the segmenter that is to be kept.

    Args:
        stage: the last one.
        domains: of the run; no label of the target is opened.
        segmenter: of the run, adapted.
        baselines: what the run is compared with; nothing happens without source-only among them.
        keep: `adapted`, or `better`: the one that the comparison believes.
    """
    run, folder = stage.run, stage.run_folder
    if SOURCE_ONLY not in baselines or model_of(run.method) != ADAPTED:
        return
    before, classes = load_segmenter(baselines[SOURCE_ONLY])[0], run.data.classes
    comparison = compare(before, segmenter, domains.unseen or domains.target, classes, run.evaluation.merge)
    kept = comparison.better if keep == "better" else ADAPTED
    said = comparison.to_json() | {"kept": kept}
    if not run.has_no_source:
        both = {SOURCE_ONLY: before, ADAPTED: segmenter}
        said |= {"distance": {who: domain_distance(one, domains.source, domains.target) for who, one in both.items()}}
    content = read_scores(folder.path) | {KEY: said}
    atomic_write(folder / "evaluation.json", json.dumps(content, indent=1, allow_nan=False))
    write_comparison_section(folder.path, content[KEY])
    announce(folder, comparison, baselines[SOURCE_ONLY], keep)
    if keep == "better":
        publish_kept(folder, baselines[SOURCE_ONLY] if kept == SOURCE_ONLY else folder.path, kept)


def announce(folder: RunFolder, comparison: UnlabelledComparison, source_only: Path, keep: str) -> None:
    """The result on the screen and in the notes of the run."""
    hurt = comparison.better == SOURCE_ONLY
    text = comparison.describe()
    if keep == "better":
        text += f" The segmenter of this run is the {'source-only' if hurt else 'adapted'} one (--keep better)."
    elif hurt:
        text += f" Source-only is in {source_only}; `train.py --keep better` would have published it."
    bad = hurt or bool(comparison.sentences())
    add_note(folder.path, KEY, text, "warning" if bad else "note")
    (warn if bad else say)(text)


def publish_kept(folder: RunFolder, place: Path, kept: str) -> None:
    """The segmenter in `place` becomes that of the run, and its record says which of the two it is."""
    record = read_record(place)[0]
    record["provenance"]["kept"] = kept
    if place != folder.path:
        atomic_write(folder / WEIGHTS_FILE, read_bytes(place / WEIGHTS_FILE, LARGEST_WEIGHTS, error=ArtefactError))
    atomic_write(folder / RECORD_FILE, json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    folder.update_record(kept=kept)
