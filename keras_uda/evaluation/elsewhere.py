"""Scores of a model on any labelled data: which target and split are meant, and what is written."""

import dataclasses
import json
from collections.abc import Iterable
from collections.abc import Mapping
from typing import NamedTuple

from keras_uda.config.changes import with_changes
from keras_uda.config.data_checks import check_domain
from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.evaluation_spec import check_evaluation
from keras_uda.config.schema import RunConfig
from keras_uda.config.several import domains_of
from keras_uda.config.stored import to_dict
from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import say
from keras_uda.core.errors import DataError
from keras_uda.core.files import home_path
from keras_uda.core.strict_yaml import dump_yaml
from keras_uda.data.domain import open_domain
from keras_uda.data.domains import Domains
from keras_uda.data.ledger import LabelLedger
from keras_uda.evaluation.counting import Scored
from keras_uda.evaluation.evaluate import evaluate_models
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.provenance import git_commit
from keras_uda.runs.provenance import versions

SPLITS = ("val", "test", "train")  # looked for in this order; `train` is everything where a data set has no splits


class Way(NamedTuple):
    """How frames are looked at.

    Args:
        window: share of a window of the network's size that neighbours have in common; None: whole frames, resized.
        flip: the mirror image counts as well.
    """

    window: float | None = None
    flip: bool = False


def with_target(run: RunConfig, changes: Mapping[str, str]) -> RunConfig:
    """The configuration with what the command line says of the target and of the scores.

    Another `data.target.name` is another data set: of the run's target only the size stays, and what is merged and
    which subsets there are goes with it.

    Raises:
        UsageError: something that cannot be meant.
    """
    if "data.target.name" in changes:
        target = DomainConfig(name=run.data.target.name, size=run.data.target.size)
        scoring = dataclasses.replace(run.evaluation, merge={}, subsets={}, also=())
        run = dataclasses.replace(run, data=dataclasses.replace(run.data, target=target), evaluation=scoring)
    if any(key.startswith("data.target.") for key in changes):  # of one target in place of several
        run = dataclasses.replace(run, data=dataclasses.replace(run.data, targets=()))
    run = with_changes(run, dict(changes))
    check_domain(run, "target")
    check_evaluation(run.evaluation, run.data.classes)
    return run


def is_other_data(run: RunConfig, trained: RunConfig) -> bool:
    """Whether the target is another data set than that of the run."""
    new, old = run.data.target, trained.data.target
    places = [one.root and home_path(one.root, "--data.target.root").resolve() for one in (new, old)]
    return (new.name, places[0], new.world_seed) != (old.name, places[1], old.world_seed)


def with_split(run: RunConfig, split: str | None) -> RunConfig:
    """The configuration with the split to score on: the one that is named, else the first one with labels.

    Raises:
        DataError: no such folder or split, bad files, or no labels.
    """
    data = run.data

    def split_of(target):
        wanted = (split,) if split else tuple(dict.fromkeys((target.eval_split, *SPLITS)))
        found = labelled_split(target, data.classes, wanted, data.cache)
        return dataclasses.replace(target, eval_split=found)

    changed = dataclasses.replace(data, target=split_of(data.target), targets=tuple(map(split_of, data.targets)))
    return dataclasses.replace(run, data=changed)


def labelled_split(
    target: DomainConfig, classes: tuple[str, ...], wanted: tuple[str, ...], cache: str | None = None
) -> str:
    """The first split of a domain that has labels; errors of `with_split`."""
    first = None
    for split in wanted:
        try:
            domain = open_domain(target, classes, split, cache=cache)
        except DataError as error:
            if hasattr(error, "problems"):  # the split is there, with bad files
                raise
            first = first or error
            continue
        if domain.labelled:
            return split
        first = first or DataError(domain.where, f"no labels beside the images of `{split}`", "")
    if len(wanted) > 1 and "no such folder" not in first.what:
        remedy = "Put label files of the same names into labels/ beside images/ (docs/data.md)"
        if target.name == "footage":
            remedy = "Clips have none: give labelled images as --data.target.name folder --data.target.root DIR"
        raise DataError(first.where, "no labelled images to score on", remedy)
    raise DataError(first.where, first.what, first.remedy or "Name another --split, or give labels (docs/data.md)")


def evaluate_elsewhere(
    run: RunConfig,
    output: RunFolder,
    models: dict[str, Scored],
    about: Mapping[str, object],
    read_before: Iterable[str] = (),
) -> dict:
    """Scores models on the target of a configuration, into a new folder with all that a report needs.

    Args:
        run: with the target and split to score on.
        output: new, claimed by this process.
        models: out of `source_only`, `adapted`, `oracle`.
        about: what was scored and how, for `run.json` (`evaluated`) and the report.
        read_before: what the labels of this target were opened for in training.
    Returns:
        The content of `evaluation.json`.
    """
    ledger = LabelLedger({"evaluation", *read_before})
    for purpose in read_before:
        ledger.note(purpose)
    domains = Domains(run.data, ledger)
    for target in domains_of(run.data, "target"):
        say(f"scoring on `{target.eval_split}` of {target.root or target.name}")
    atomic_write(output / "config.yaml", dump_yaml(to_dict(run)))
    content = evaluate_models(run, output, domains, models)
    facts = {"method": run.method, "seed": run.seed, "git_commit": git_commit(), "versions": versions()}
    record = facts | {"labels": ledger.counts(), "evaluated": dict(about)}
    atomic_write(output / "run.json", json.dumps(record, indent=1))
    return content
