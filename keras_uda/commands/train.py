"""`train.py`: configuration -> run folder with an adapted segmenter, its scores, baselines and report."""

import dataclasses
import json
import time
from pathlib import Path

import yaml

from keras_uda import evaluation
from keras_uda.config import RunConfig
from keras_uda.config import StageConfig
from keras_uda.console import say
from keras_uda.console import warn
from keras_uda.errors import PartialResult
from keras_uda.errors import UsageError
from keras_uda.files import atomic_write
from keras_uda.parsing import Parser
from keras_uda.parsing import add_run_flags
from keras_uda.parsing import differences
from keras_uda.parsing import read_run_config
from keras_uda.parsing import run_config
from keras_uda.parsing import to_dict
from keras_uda.run_folder import RUNS
from keras_uda.run_folder import RunFolder
from keras_uda.run_folder import git_commit
from keras_uda.run_folder import new_run
from keras_uda.run_folder import newest_run
from keras_uda.run_folder import versions

BASELINES = ("source_only", "oracle")
SCORES = ("density", "information", "certainty")  # without labels; `select` has one with them


def parser() -> Parser:
    parser = Parser(prog="train.py", description="Adapts a segmenter from labelled to unlabelled driving images.")
    parser.add_argument("--resume", action="store_true", help="continue (the default when --output exists)")
    parser.add_argument("--dry-run", action="store_true", help="configuration, one timed step, duration, memory, disk")
    parser.add_argument("--check", action="store_true", help="run the data doctor first")
    parser.add_argument("--print-state-hash", action="store_true", help="SHA-256 over everything that trains")
    parser.add_argument("--regenerate", action="store_true", help="make damaged pseudo-labels again")
    text = "keep every checkpoint of the last stage, and take the one that a score without labels likes best"
    parser.add_argument("--select", choices=SCORES, help=text)
    parser.add_argument("--allow-config-change", default="", metavar="KEYS", help="keys that may differ on a resume")
    add_run_flags(parser)
    return parser


def main(arguments: list[str]) -> None:
    run, options = run_config(parser(), arguments)
    evaluation.check(run.evaluation, run.data.classes)
    if options["check"]:
        from keras_uda.commands import doctor

        doctor.run(run)
    if options["dry_run"]:
        from keras_uda.commands.dry_run import dry_run

        dry_run(run)
        return
    folder = choose_folder(run, options)
    if folder.finished:
        require_same_config(folder, run, options["allow_config_change"])
        require_same_selection(folder, options["select"])
        say(f"{folder.path} is already complete. See {folder / 'report.html'}")
        if options["print_state_hash"]:
            say(f"state hash {folder.record['state_hash']}")
        return
    with folder.claimed():
        require_same_config(folder, run, options["allow_config_change"])
        require_same_selection(folder, options["select"])
        record = train(run, folder, regenerate=options["regenerate"], score=options["select"])
    if options["print_state_hash"]:
        say(f"state hash {record['state_hash']}")
    say(f"next: python export.py --run {folder.path}")


def choose_folder(run: RunConfig, options: dict) -> RunFolder:
    """The folder to make or to continue."""
    if options["output"]:
        folder = RunFolder(options["output"])
        if folder.path.exists() and not folder.path.is_dir():
            raise UsageError("--output", f"{folder.path} is a file", "Name a folder")
        if folder.path.is_dir() and any(folder.path.iterdir()) and not (folder / "config.yaml").exists():
            if not (folder / "lock").exists():
                raise UsageError("--output", f"{folder.path} is not empty and not a run", "Name a new folder")
        return folder
    return newest_run(finished=False) if options["resume"] else new_run(run.method)


def require_same_config(folder: RunFolder, run: RunConfig, allowed: str) -> None:
    """A run continues with the configuration it began with.

    Raises:
        UsageError: naming the first key that differs, with both values.
    """
    if not (folder / "config.yaml").exists() or not (folder / "stages").exists():
        return  # nothing has been trained yet: what was mistaken may be corrected
    changes = differences(to_dict(read_run_config(folder.path)), to_dict(run))
    for key, old, new in changes:
        if key not in [name.strip() for name in allowed.split(",")]:
            what = f"{json.dumps(new)} now, {json.dumps(old)} when {folder.path} was begun"
            raise UsageError(key, what, f"Use another --output, or add --allow-config-change {key}")


def require_same_selection(folder: RunFolder, score: str | None) -> None:
    """Checkpoints are kept from the first step on, or not at all."""
    if not (folder / "stages").exists() or folder.record.get("select") == score:
        return
    what = f"{score} now, {folder.record.get('select')} when {folder.path} was begun"
    raise UsageError("--select", what, "Use another --output, or the `select` verb after training")


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
    from keras_uda import runtime
    from keras_uda.data.ledger import LabelLedger
    from keras_uda.data.prepared import Domains
    from keras_uda.evaluate import evaluate_run
    from keras_uda.pseudo_label_section import write_pseudo_label_section
    from keras_uda.stage_scores import write_stage_scores
    from keras_uda.stages import run_stages
    from keras_uda.weak_section import write_weak_section

    runtime.set_up(run.seed)
    began = time.time()
    atomic_write(folder / "config.yaml", yaml.safe_dump(to_dict(run), sort_keys=False))
    folder.update_record(
        method=run.method,
        weak=run.weak,
        seed=run.seed,
        status="running",
        started=folder.record.get("started", began),
        git_commit=git_commit(),
        versions=versions(),
        **({"select": score} if score else {}),
    )
    ledger = LabelLedger(counts=folder.record.get("labels"))
    domains = Domains(run.data, ledger)
    with runtime.strategy(run.strategy).scope():
        segmenter, state_hash = run_stages(run, folder, domains, regenerate)
    last = len(run.stages) - 1
    publish(folder, folder.stage(last, list(run.stages)[last]))
    if score:
        segmenter = choose_checkpoint(run, folder, domains, score)
    folder.update_record(labels=ledger.counts())
    if scored:
        baselines = train_baselines(run, domains) if run.baselines == "all" else {}
        content = evaluate_run(run, folder, domains, segmenter, baselines)
        if len(run.stages) > 1:
            write_stage_scores(run, folder, domains, (content["adapted"] or {}).get("miou"))
            write_pseudo_label_section(run, folder, domains.target)
        if (folder / "weak_labels.csv").exists():
            write_weak_section(run, folder, domains.target, segmenter)
    seconds = round(folder.record.get("seconds", 0.0) + time.time() - began, 1)
    folder.update_record(status="finished", state_hash=state_hash, seconds=seconds, labels=ledger.counts())
    if scored:
        from keras_uda.report import write_report

        say(f"report: {write_report(folder.path)}")
    if domains.skipped:
        atomic_write(folder / "skipped.txt", "".join(f"{problem}\n" for problem in domains.skipped))
        what = f"finished without {len(domains.skipped)} bad pairs, listed in skipped.txt"
        raise PartialResult(folder.path, what, "Repair them, or leave it so")
    return folder.record


def choose_checkpoint(run: RunConfig, folder: RunFolder, domains, score: str):
    """Publishes the kept checkpoint that a score without labels likes best; returns its segmenter."""
    from keras_uda.coach import add_note
    from keras_uda.segmenters.build import load_segmenter
    from keras_uda.selection import select

    chosen = select(run, folder, domains, score)
    publish(folder, chosen.folder)
    atomic_write(folder / "selection.json", chosen.to_json())
    text = f"What is scored and exported is the {chosen.told()}. The baselines are last checkpoints."
    add_note(folder.path, "selection", text)
    say(text)
    return load_segmenter(chosen.folder)[0]


def publish(folder: RunFolder, place: Path) -> None:
    """The segmenter in `place` becomes the segmenter of the run."""
    for name in ("segmenter.weights.h5", "segmenter.json"):
        atomic_write(folder / name, (place / name).read_bytes())


def train_baselines(run: RunConfig, domains) -> dict[str, Path]:
    """Source-only and oracle of the same data, segmenter, optimiser, steps and seed; made once, then reused."""
    from keras_uda.errors import DataError

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


def baseline_folder(run: RunConfig, method: str) -> RunFolder:
    return RunFolder(RUNS / "baselines" / baseline_hash(baseline_of(run, method)) / method)


def known_baselines(run: RunConfig) -> dict[str, Path]:
    """The baselines of a run that are trained already."""
    folders = {method: baseline_folder(run, method) for method in BASELINES if method != run.method}
    return {method: folder.path for method, folder in folders.items() if folder.finished}


def baseline_of(run: RunConfig, method: str) -> RunConfig:
    """One stage with as many source batches as all stages of `run` together, and the optimiser of the run."""
    from keras_uda.data.prepared import WITHOUT_SOURCE

    stages = list(run.stages.values())
    # Clipping and weak labels belong to a method: without them all methods share one pair of baselines.
    # Stages that retrain a segmenter have lower rates of their own, with which nobody would train one from the start.
    optimizer = dataclasses.replace({**stages[-1].optimizers, **run.optimizers}["segmenter"], clip_norm=0.0)
    data = dataclasses.replace(run.data, weak_labels=None, weak_images=None, weak_points=1, labelled_images=None)
    steps = sum(stage.steps for stage in stages if stage.method not in WITHOUT_SOURCE)
    stage = StageConfig(method=method, steps=steps)
    return dataclasses.replace(
        run,
        method=method,
        weak=None,
        data=data,
        preset="default",
        optimizers={"segmenter": optimizer},
        stages={"train": stage},
        baselines="none",
    )


def baseline_hash(baseline: RunConfig) -> str:
    """Names what two runs must share to share a baseline."""
    from keras_uda.data.procedural.world import VERSION
    from keras_uda.stages import config_hash

    content = to_dict(baseline)
    for key in ("method", "evaluation", "checkpoint_every"):
        content.pop(key)
    content["stages"] = baseline.stages["train"].steps
    return config_hash({"world": VERSION, **content})
