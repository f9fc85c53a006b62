"""Several finished runs as one model, in a run folder that is scored, exported and run like any other."""

import dataclasses
import json

import keras

from keras_uda.config.schema import RunConfig
from keras_uda.config.stored import read_run_config
from keras_uda.core import runtime
from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import say
from keras_uda.data.domains import Domains
from keras_uda.data.ledger import LabelLedger
from keras_uda.evaluation.evaluate import evaluate_run
from keras_uda.evaluation.metrics import percent
from keras_uda.evaluation.models import own_scores
from keras_uda.evaluation.scores_file import read_scores
from keras_uda.report.write import write_report
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.life_cycle import recorded
from keras_uda.segmenters.build import save_segmenter
from keras_uda.segmenters.ensemble import join_segmenters
from keras_uda.segmenters.weights.record import read_record
from keras_uda.training.baselines import known_baselines


def join_runs(members: list[RunFolder], shares: list[float] | None, output: RunFolder, scored: bool) -> None:
    """Writes the ensemble of finished runs into a new run folder.

    Args:
        members: two or more.
        shares: of each in the logits; None: equal ones.
        output: to make.
        scored: score it on the data of the first member, and write the report.
    """
    runs = [read_run_config(member.path) for member in members]
    runtime.set_up(runs[0].seed)
    segmenter, record = join_segmenters([member.path for member in members], shares)
    with output.claimed():
        save_segmenter(segmenter, output.path, record)
        # With a method of its own it is not scored as a baseline if its first member is one.
        method = "+".join(run.method for run in runs)
        run = dataclasses.replace(runs[0], method=method, segmenter=read_record(output.path)[1])
        about = {"members": [str(member.path) for member in members], "shares": record["arguments"]["shares"]}
        with recorded(output, run, **about):
            if scored:
                score_ensemble(run, members, output, segmenter)
        if scored:
            say(f"report: {write_report(output.path)}")


def score_ensemble(run: RunConfig, members: list[RunFolder], output: RunFolder, segmenter: keras.Model) -> None:
    """Scores the ensemble beside the baselines of its first member, where those are still there."""
    first = dataclasses.replace(read_run_config(members[0].path), method=run.method)
    ledger = LabelLedger(["evaluation", "oracle"], members[0].record.get("labels"))
    content = evaluate_run(run, output, Domains(run.data, ledger), segmenter, known_baselines(first))
    output.update_record(labels=ledger.counts())
    write_member_section(members, output, in_percent(own_scores(content, run.method)))


def write_member_section(members: list[RunFolder], output: RunFolder, joined: str) -> None:
    """The section of the report that names the members; `joined` is the mIoU of the ensemble."""
    shares = output.record["shares"]
    rows = [[member.path.name, share, member_miou(member)] for member, share in zip(members, shares, strict=True)]
    table = {
        "title": "Members",
        "text": "Their logits are upsampled and added with these shares.",
        "columns": ["run", "share", "mIoU in %"],
        "rows": [*rows, ["ensemble", 1.0, joined]],
    }
    (output / "sections").mkdir(exist_ok=True)
    atomic_write(output / "sections" / "ensemble.json", json.dumps(table, indent=1))


def member_miou(member: RunFolder) -> str:
    content, method = read_scores(member.path), read_run_config(member.path).method
    return in_percent(own_scores(content, method))


def in_percent(scores: dict | None) -> str:
    """`45.7`, or `n/a` for a model without scores."""
    return percent((scores or {}).get("miou"))
