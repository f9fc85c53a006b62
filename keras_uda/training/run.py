"""From a resolved configuration to a finished run folder: training, scores beside the baselines, report."""

from keras_uda.core import runtime  # first: it keeps TensorFlow from greeting on stderr

# isort: split
import time
from collections.abc import Sequence
from pathlib import Path

import keras

from keras_uda.config.method_spec import weak_kind
from keras_uda.config.names import BASELINES
from keras_uda.config.schema import RunConfig
from keras_uda.config.stored import to_dict
from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import say
from keras_uda.core.console import warn
from keras_uda.core.errors import DataError
from keras_uda.core.errors import PartialResult
from keras_uda.core.strict_yaml import dump_yaml
from keras_uda.data.domains import Domains
from keras_uda.data.ledger import LabelLedger
from keras_uda.evaluation.evaluate import evaluate_run
from keras_uda.evaluation.models import own_scores
from keras_uda.evaluation.stage_scores import write_stage_scores
from keras_uda.report.sections.pseudo_labels import write_pseudo_label_section
from keras_uda.report.sections.weak_labels import write_weak_section
from keras_uda.report.write import write_report
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.notes import add_note
from keras_uda.runs.provenance import git_commit
from keras_uda.runs.provenance import versions
from keras_uda.runs.stage import Stage
from keras_uda.runs.stage import stages_of
from keras_uda.segmenters.build import load_segmenter
from keras_uda.training.baselines import baseline_folder
from keras_uda.training.baselines import baseline_of
from keras_uda.training.selection import select
from keras_uda.training.stages import run_stages


def train(
    run: RunConfig, folder: RunFolder, scored: bool = True, regenerate: bool = False, score: str | None = None
) -> dict:
    """Trains what is not trained yet, scores it beside its baselines, writes the report.

    Args:
        run: the resolved configuration.
        folder: claimed by this process.
        scored: score and report; baselines do not.
        regenerate: make pseudo-labels that were changed again.
        score: choose the checkpoint that this score without labels likes best; None takes the last one.
    Returns:
        The content of `run.json`.
    """
    runtime.set_up(run.seed)
    began = time.time()
    atomic_write(folder / "config.yaml", dump_yaml(to_dict(run)))
    folder.update_record(
        method=run.method,
        weak=weak_kind(run),
        seed=run.seed,
        status="running",
        started=folder.record.get("started", began),
        git_commit=git_commit(),
        versions=versions(),
        **({"select": score} if score else {}),
    )
    ledger = LabelLedger(counts=folder.record.get("labels"))
    domains = Domains(run.data, ledger)
    stages = stages_of(run, folder)
    ledger.allow(label_purposes(stages))
    with runtime.strategy(run.strategy).scope():
        segmenter, state_hash = run_stages(stages, domains, regenerate)
    publish(folder, stages[-1].folder)
    if score:
        segmenter = choose_checkpoint(stages[-1], domains, score)
    folder.update_record(labels=ledger.counts())
    if scored:
        score_run(stages, domains, segmenter)
    seconds = round(folder.record.get("seconds", 0.0) + time.time() - began, 1)
    folder.update_record(status="finished", state_hash=state_hash, seconds=seconds, labels=ledger.counts())
    if scored:
        say(f"report: {write_report(folder.path)}")
    if domains.skipped:
        atomic_write(folder / "skipped.txt", "".join(f"{problem}\n" for problem in domains.skipped))
        what = f"finished without {len(domains.skipped)} bad pairs, listed in skipped.txt"
        raise PartialResult(folder.path, what, "Repair them, or leave it so")
    return folder.record


def label_purposes(stages: Sequence[Stage]) -> set[str]:
    """What target labels may be opened for by a run: a method without supervision has them for its scores alone."""
    purposes = {"none": (), "some": ("training",), "all": ("oracle",)}
    allowed = {purpose for stage in stages for purpose in purposes[stage.facts.target_labels]}
    return allowed | {"evaluation"} | {"weak labels" for stage in stages if "weak" in stage.reads}


def score_run(stages: Sequence[Stage], domains: Domains, segmenter: keras.Model) -> None:
    """`evaluation.json` beside the baselines, and the sections of the report that need the data."""
    run, folder = stages[-1].run, stages[-1].run_folder
    baselines = train_baselines(run, domains) if run.baselines == "all" else {}
    if "oracle" in baselines:  # trained apart: what it opened is counted here
        domains.ledger.allow(domains.ledger.allowed | {"oracle"})
    content = evaluate_run(run, folder, domains, segmenter, baselines)
    if len(stages) > 1:
        write_stage_scores(stages, domains, (own_scores(content, run.method) or {}).get("miou"))
    if any(stage.config.pseudo_labels for stage in stages):
        write_pseudo_label_section(stages, domains.target)
    if (folder / "weak_labels.csv").exists():
        write_weak_section(run, folder, domains.target, segmenter)


def choose_checkpoint(stage: Stage, domains: Domains, score: str) -> keras.Model:
    """Publishes the kept checkpoint of the last stage that a score without labels likes best; returns its segmenter."""
    folder, chosen = stage.run_folder, select(stage, domains, score)
    publish(folder, chosen.folder)
    atomic_write(folder / "selection.json", chosen.to_json())
    text = f"What is scored and exported is the {chosen.describe()}. The baselines are last checkpoints."
    add_note(folder.path, "selection", text)
    say(text)
    return load_segmenter(chosen.folder)[0]


def publish(folder: RunFolder, place: Path) -> None:
    """The segmenter in `place` becomes the segmenter of the run."""
    for name in ("segmenter.weights.h5", "segmenter.json"):
        atomic_write(folder / name, (place / name).read_bytes())


def train_baselines(run: RunConfig, domains: Domains) -> dict[str, Path]:
    """Source-only and oracle of the same data, segmenter, optimiser, steps and seed; made once, then reused."""
    made = {}
    for method in BASELINES:
        if method == run.method:
            continue
        baseline, folder = baseline_of(run, method), baseline_folder(run, method)
        try:
            if method == "oracle" and domains.held_out is None:
                continue
            with folder.claimed():
                if not folder.finished:
                    say(f"baseline {method} -> {folder.path}")
                    train(baseline, folder, scored=False)
        except DataError as error:
            if method == "source_only":
                raise
            warn(f"no oracle: {error}")
            continue
        made[method] = folder.path
    return made
