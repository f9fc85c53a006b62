"""From a resolved configuration to a finished run folder: training, scores beside the baselines, report."""

from keras_uda.core import runtime  # first: it keeps TensorFlow from greeting on stderr

# isort: split
from collections.abc import Sequence
from pathlib import Path

import keras

from keras_uda.config.method_spec import learns_from_weak_labels
from keras_uda.config.method_spec import method_facts
from keras_uda.config.names import BASELINES
from keras_uda.config.names import BUILT_IN_DOMAINS
from keras_uda.config.names import KEEP
from keras_uda.config.schema import RunConfig
from keras_uda.config.several import domains_of
from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import say
from keras_uda.core.console import warn
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import DataError
from keras_uda.core.errors import PartialResult
from keras_uda.core.memory import require_address_space
from keras_uda.core.outside import LARGEST_WEIGHTS
from keras_uda.core.outside import read_bytes
from keras_uda.data.domains import Domains
from keras_uda.data.ledger import LabelLedger
from keras_uda.data.problems import Problem
from keras_uda.data.shape import shape_note
from keras_uda.evaluation.also import require_also
from keras_uda.evaluation.evaluate import evaluate_run
from keras_uda.evaluation.models import own_scores
from keras_uda.evaluation.stage_scores import write_stage_scores
from keras_uda.report.sections.pseudo_labels import write_pseudo_label_section
from keras_uda.report.sections.teachers import write_teacher_section
from keras_uda.report.sections.translations import write_translation_section
from keras_uda.report.sections.weak_labels import write_weak_section
from keras_uda.report.write import write_report
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.life_cycle import recorded
from keras_uda.runs.lineage import CONTINUES
from keras_uda.runs.lineage import whole_run
from keras_uda.runs.notes import add_note
from keras_uda.runs.provenance import threads
from keras_uda.runs.stage import Stage
from keras_uda.runs.stage import stages_of
from keras_uda.runs.teachers import require_teachers
from keras_uda.runs.teachers import teachers_of
from keras_uda.segmenters.build import load_segmenter
from keras_uda.training.baselines import baseline_folder
from keras_uda.training.baselines import baseline_of
from keras_uda.training.baselines import baselines_of
from keras_uda.training.baselines import given_model
from keras_uda.training.baselines import record_baselines
from keras_uda.training.build import precisions
from keras_uda.training.keeping import compare_with_source_only
from keras_uda.training.precision_note import warn_of_slow_precision
from keras_uda.training.selection import select
from keras_uda.training.stages import run_stages
from keras_uda.training.workers import require_whole_parts


def machine_line(run: RunConfig) -> str:
    """Devices and precision, for the first line of a run."""
    names, (segmenter, others) = runtime.gpus(), precisions(run)
    devices = (
        ", ".join(f"{names.count(name)} x {name}" for name in dict.fromkeys(names)) or f"CPU, threads: {threads()}"
    )
    policies = segmenter if segmenter == others else f"segmenter {segmenter}, other parts {others}"
    return f"on {devices}; {policies} (--precision {run.precision})"


def train(
    run: RunConfig,
    folder: RunFolder,
    scored: bool = True,
    regenerate: bool = False,
    score: str | None = None,
    keep: str = KEEP[0],
    continues: dict | None = None,
) -> dict:
    """Trains what is not trained yet, scores it beside its baselines, writes the report.

    Args:
        run: the resolved configuration.
        folder: claimed by this process.
        scored: score and report; baselines do not.
        regenerate: make pseudo-labels that were changed again.
        score: choose the checkpoint that this score without labels likes best; None takes the last one.
        keep: what is published: the adapted segmenter, or the better of it and source-only.
        continues: of a run that goes on from another: `lineage.origin_of` of that.
    Returns:
        The content of `run.json`.
    Raises:
        ResourceError: less memory may be reserved than any training needs; and what the stages raise.
    """
    require_address_space(runtime.ADDRESS_SPACE_TO_TRAIN, "training")
    runtime.set_up(run.seed)
    if scored:
        say(machine_line(run))
        warn_of_slow_precision(run)
    about = {"teachers": teachers} if (teachers := require_teachers(folder, run)) else {}
    about |= {CONTINUES: continues} if continues else {}
    with recorded(folder, run, **about, **({"select": score} if score else {}), keep=keep):
        skipped = run_and_score(stages_of(run, folder), scored, regenerate, score, keep)
    if scored:
        say(f"report: {write_report(folder.path)}")
    if skipped:
        atomic_write(folder / "skipped.txt", "".join(f"{problem}\n" for problem in skipped))
        what = f"finished without {len(skipped)} bad pairs, listed in skipped.txt"
        raise PartialResult(folder.path, what, "Repair them, or ignore this")
    return folder.record


def run_and_score(
    stages: Sequence[Stage], scored: bool, regenerate: bool, score: str | None, keep: str
) -> list[Problem]:
    """The work between two states of the record; returns the bad pairs of data that were left out."""
    run, folder = stages[-1].run, stages[-1].run_folder
    ledger = LabelLedger(label_purposes(stages), folder.record.get("labels"))
    domains = Domains(run.data, ledger)
    if scored:
        note_shape(stages, domains)
        require_also(run, domains, [stage.facts for stage in stages])
    strategy = runtime.strategy(run.strategy)
    require_whole_parts(run, strategy)
    with strategy.scope():
        segmenter, state_hash = run_stages(stages, domains, regenerate)
    publish(folder, stages[-1].folder)
    if score:
        segmenter = choose_checkpoint(stages[-1], domains, score)
    folder.update_record(state_hash=state_hash, labels=ledger.counts())
    if scored:
        score_run(stages, domains, segmenter, keep)
        folder.update_record(labels=ledger.counts())
    return domains.skipped


def note_shape(stages: Sequence[Stage], domains: Domains) -> None:
    """Says it before training where target frames lose their shape; the built-in world is drawn at any size."""
    run, reads = stages[-1].run, {word for stage in stages for word in stage.reads}
    if all(one.name in BUILT_IN_DOMAINS for one in domains_of(run.data, "target")) or "target" not in reads:
        return
    if all(stage.facts.target_labels != "all" for stage in stages) and (text := shape_note(domains.target)):
        add_note(stages[-1].run_folder.path, "shape", text, "warning")
        warn(text)


def label_purposes(stages: Sequence[Stage]) -> set[str]:
    """What target labels may be opened for by a run: a method without supervision has them for its scores alone."""
    purposes = {"none": (), "some": ("training",), "all": ("oracle",)}
    allowed = {purpose for stage in stages for purpose in purposes[stage.facts.target_labels]}
    return allowed | {"evaluation"} | {"weak labels" for stage in stages if learns_from_weak_labels(stage.reads)}


def score_run(stages: Sequence[Stage], domains: Domains, segmenter: keras.Model, keep: str = KEEP[0]) -> None:
    """`evaluation.json` beside the baselines, and the sections of the report that need the data."""
    run, folder = stages[-1].run, stages[-1].run_folder
    wanted = run.baselines == "all"
    why = {} if wanted else dict.fromkeys(BASELINES, "the run was started with --baselines none")
    baselines = train_baselines(whole_run(run, folder.record), domains, why) if wanted else {}
    folder.update_record(not_beside=why)
    if "oracle" in baselines:  # trained apart: what it opened is counted here
        domains.ledger.allow(domains.ledger.allowed | {"oracle"})
    record_baselines(folder, baselines)
    content = evaluate_run(run, folder, domains, segmenter, baselines)
    if len(stages) > 1:
        write_stage_scores(stages, domains, (own_scores(content, run.method) or {}).get("miou"))
    if any(stage.config.pseudo_labels for stage in stages):
        write_pseudo_label_section(stages, domains.target)
    if any(stage.facts.translates for stage in stages):
        write_translation_section(stages, domains.source)
    if any(teachers_of(stage) for stage in stages):
        write_teacher_section(stages, domains, content)
    if (folder / "weak_labels.csv").exists():
        write_weak_section(run, folder, domains.target, segmenter)
    compare_with_source_only(stages[-1], domains, segmenter, baselines, keep)


def choose_checkpoint(stage: Stage, domains: Domains, score: str) -> keras.Model:
    """Publishes the kept checkpoint of the last stage that a score without labels likes best; returns its segmenter."""
    folder, chosen = stage.run_folder, select(stage, domains, score)
    publish(folder, chosen.folder)
    atomic_write(folder / "selection.json", chosen.to_json())
    text = f"What is scored and exported is the {chosen.describe()}. For the baselines the last checkpoint is used."
    add_note(folder.path, "selection", text)
    say(text)
    return load_segmenter(chosen.folder)[0]


def publish(folder: RunFolder, place: Path) -> None:
    """The segmenter in `place` becomes the segmenter of the run."""
    for name in ("segmenter.weights.h5", "segmenter.json"):
        atomic_write(folder / name, read_bytes(place / name, LARGEST_WEIGHTS, error=ArtefactError))


def train_baselines(run: RunConfig, domains: Domains, why: dict[str, str] | None = None) -> dict[str, Path]:
    """Source-only and oracle of the same data, segmenter, optimiser, steps and seed; made once, then reused.

    Args:
        run: what they stand beside.
        domains: its data.
        why: filled with the reason for each that cannot be made.
    """
    made, why = {}, {} if why is None else why
    if not run.source_steps:
        why |= dict.fromkeys(BASELINES, "no stage trains the segmenter, so there are no batches to match")
    for method in baselines_of(run):
        if method == BASELINES[0] and run.has_no_source:
            made[method] = given_model(run)
            continue
        needs_labels = method_facts(method).target_labels == "all"
        try:
            if needs_labels and domains.held_out is None:
                why[method] = "the target has no labelled frames to score on"
            else:
                made[method] = trained_baseline(run, method)
        except DataError as error:
            if not needs_labels:
                raise
            warn(f"no {method}: {error}")
            why[method] = error.what
    return made


def trained_baseline(run: RunConfig, method: str) -> Path:
    """The folder of a baseline beside this run, trained if nobody did it yet."""
    folder = baseline_folder(run, method)
    with folder.claimed():
        if not folder.finished:
            say(f"baseline {method} -> {folder.path}")
            train(baseline_of(run, method), folder, scored=False)
    return folder.path
