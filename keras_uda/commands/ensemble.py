"""`ensemble`: several finished runs as one model, in a run folder that is scored, exported and run like any other."""

import dataclasses
import json
import time

from keras_uda.config.command_line import Parser
from keras_uda.config.stored import read_run_config
from keras_uda.config.stored import to_dict
from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import say
from keras_uda.core.errors import UsageError
from keras_uda.core.strict_yaml import dump_yaml
from keras_uda.evaluation.models import own_scores
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.folder import read_json
from keras_uda.runs.provenance import versions


def parser() -> Parser:
    description = "Averages the logits of finished runs; AdvEnt and MinEnt with equal shares is the published ensemble."
    parser = Parser(prog="python -m keras_uda ensemble", description=description)
    parser.add_argument("--members", nargs="+", metavar="RUN", required=True, help="run folders, two or more")
    parser.add_argument("--shares", nargs="+", type=float, metavar="S", help="weight of each (default: equal)")
    parser.add_argument("--output", metavar="DIR", required=True, help="new run folder")
    parser.add_argument("--no-scores", action="store_true", help="do not score it on the data of the first run")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def main(arguments: list[str]) -> None:
    flags = parser().parse_args(arguments)
    members, output = [RunFolder(path) for path in flags.members], RunFolder(flags.output)
    for member in members:
        if not member.finished:
            raise UsageError("--members", f"{member.path} is not a finished run", "Name run folders of train.py")
    if output.path.exists():
        raise UsageError("--output", f"{output.path} exists", "Name a new folder")
    join(members, flags.shares, output, scored=not flags.no_scores)
    say(f"next: python export.py --run {output.path}")


def join(members: list[RunFolder], shares: list[float] | None, output: RunFolder, scored: bool) -> None:
    from keras_uda.core import runtime
    from keras_uda.segmenters.build import save_segmenter
    from keras_uda.segmenters.ensemble import join_segmenters
    from keras_uda.segmenters.weights.record import read_record

    runs = [read_run_config(member.path) for member in members]
    runtime.set_up(runs[0].seed)
    began = time.time()
    segmenter, record = join_segmenters([member.path for member in members], shares)
    with output.claimed():
        save_segmenter(segmenter, output.path, record)
        # With a method of its own it is not scored as a baseline if its first member is one.
        method = "+".join(one.method for one in runs)
        run = dataclasses.replace(runs[0], method=method, segmenter=read_record(output.path)[1])
        atomic_write(output / "config.yaml", dump_yaml(to_dict(run)))
        about = {"members": [str(member.path) for member in members], "shares": record["arguments"]["shares"]}
        entries = {"method": method, "seed": run.seed, "started": began, "versions": versions(), **about}
        output.update_record(**entries, status="running")
        if scored:
            score(run, members, output, segmenter)
        output.update_record(status="finished", seconds=round(time.time() - began, 1))
        if scored:
            from keras_uda.report.write import write_report

            say(f"report: {write_report(output.path)}")


def score(run, members: list[RunFolder], output: RunFolder, segmenter) -> None:
    """Scores the ensemble beside the baselines of its first member, where those are still there."""
    from keras_uda.data.domains import Domains
    from keras_uda.data.ledger import LabelLedger
    from keras_uda.evaluation.evaluate import evaluate_run
    from keras_uda.training.baselines import known_baselines

    first = dataclasses.replace(read_run_config(members[0].path), method=run.method)
    ledger = LabelLedger(["evaluation", "oracle"], members[0].record.get("labels"))
    content = evaluate_run(run, output, Domains(run.data, ledger), segmenter, known_baselines(first))
    output.update_record(labels=ledger.counts())
    (output / "sections").mkdir(exist_ok=True)
    shares = output.record["shares"]
    rows = [[member.path.name, share, miou_of(member)] for member, share in zip(members, shares, strict=True)]
    table = {
        "title": "Members",
        "text": "Their logits are upsampled and added with these shares.",
        "columns": ["run", "share", "mIoU in %"],
        "rows": [*rows, ["ensemble", 1.0, in_percent(own_scores(content, run.method))]],
    }
    atomic_write(output / "sections" / "ensemble.json", json.dumps(table, indent=1))


def miou_of(member: RunFolder) -> str:
    content, method = read_json(member / "evaluation.json"), read_run_config(member.path).method
    return in_percent(own_scores(content, method))


def in_percent(scores: dict | None) -> str:
    from keras_uda.evaluation.metrics import percent

    return percent((scores or {}).get("miou"))
