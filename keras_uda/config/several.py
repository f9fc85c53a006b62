"""Several sources or targets at once: `data.sources` and `data.targets`, lists of domains with shares.

What reads one domain finds the first of the list in `data.source` and `data.target`; a list of one is that one alone.
"""

import dataclasses
import glob
import os
from collections.abc import Iterable
from pathlib import Path

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.data_schema import SharedDomainConfig
from keras_uda.config.names import BUILT_IN_DOMAINS
from keras_uda.config.names import NO_SOURCE
from keras_uda.config.names import NO_WEAK_LABELS
from keras_uda.config.schema import RunConfig
from keras_uda.core.errors import UsageError

LISTS = {"source": "sources", "target": "targets"}  # of each side
# What an entry of a list has from `data.source`, `data.target`, where it says nothing itself.
INHERITED = ("size", "frames", "eval_frames", "on_bad_sample")
ALSO = "also"  # of the evaluation: its entries have what the target says


def check_flags(content: dict, flags: Iterable[str]) -> None:
    """Raises UsageError for a flag of the one domain of a side that a list replaces: nothing would read it.

    Args:
        content: of a configuration, with its flags.
        flags: dotted keys of the command line.
    """
    data = content.get("data")
    for side, name in LISTS.items() if isinstance(data, dict) else ():
        for flag in flags if data.get(name) else ():
            field = flag.removeprefix(f"data.{side}.")
            if field != flag and field.partition(".")[0] not in (*INHERITED, "sampler"):
                what = f"is given beside data.{name}, whose entries have their own"
                raise UsageError(f"--{flag}", what, f"Write --data.{name}.0.{field}, or drop one of them")


def replaced_by_lists(flags: Iterable[str]) -> list[str]:
    """The keys of the one domain of a side whose list is on the command line: a list of one is that domain."""
    given = {flag.split(".")[1] for flag in flags if flag.startswith("data.")}
    return [f"data.{side}" for side, name in LISTS.items() if name in given]


def with_inherited(content: dict) -> dict:
    """The content of a configuration in which every entry of a list of domains says what it has.

    Args:
        content: plain values; it is not changed.
    Raises:
        UsageError: an entry without a name.
    """
    data = content.get("data")
    if not isinstance(data, dict):
        return content
    lists = {name: _completed(data.get(name), data.get(side), f"data.{name}") for side, name in LISTS.items()}
    content = content | {"data": data | {name: value for name, value in lists.items() if name in data}}
    evaluation = content.get("evaluation")
    if isinstance(evaluation, dict) and ALSO in evaluation:
        also = _completed(evaluation[ALSO], data.get("target"), f"evaluation.{ALSO}")
        content = content | {"evaluation": evaluation | {ALSO: also}}
    return content


def _completed(entries: object, one: object, key: str) -> object:
    if not isinstance(entries, list):
        return entries
    for number, entry in enumerate(entries):
        if isinstance(entry, dict) and "name" not in entry:
            raise UsageError(key, f"entry {number} has no name", "Write `name: sim`, or another data set")
    shared = {field: one[field] for field in INHERITED if field in one} if isinstance(one, dict) else {}
    return [shared | entry if isinstance(entry, dict) else entry for entry in entries]


def several(run: RunConfig) -> RunConfig:
    """The configuration in which `data.source` and `data.target` are the first of their lists."""
    data = run.data
    for side, name in LISTS.items():
        entries = getattr(data, name)
        if entries:
            sampler = getattr(data, side).sampler
            first = dataclasses.replace(_alone(entries[0]), sampler=sampler)
            data = dataclasses.replace(data, **{side: first, name: entries})
            data = data if len(entries) > 1 else _with_one(data, side)
    return run if data is run.data else dataclasses.replace(run, data=data)


def _with_one(data: DataConfig, side: str) -> DataConfig:
    """Without the list of a side, which has one entry; the weak labels of a target are those of the run."""
    (entry,) = getattr(data, LISTS[side])
    data = dataclasses.replace(data, **{LISTS[side]: ()})
    if entry.weak_labels is None:
        return data
    if side == "source":
        raise UsageError(f"data.{LISTS[side]}.0.weak_labels", "a source has labels", "Drop it")
    _check_no_other(data)
    return dataclasses.replace(data, weak_labels=entry.weak_labels)


def one_target(data: DataConfig, number: int) -> DataConfig:
    """The data with one of the targets alone, and with its weak labels."""
    entry = data.targets[number]
    return dataclasses.replace(data, target=_alone(entry), targets=(), weak_labels=entry.weak_labels)


def without_weak_labels(data: DataConfig) -> DataConfig:
    """The data in which no target has weak labels of its own."""
    targets = tuple(dataclasses.replace(entry, weak_labels=None) for entry in data.targets)
    return dataclasses.replace(data, targets=targets, weak_labels=None, weak_images=None)


def _alone(entry: SharedDomainConfig) -> DomainConfig:
    values = {field.name: getattr(entry, field.name) for field in dataclasses.fields(DomainConfig)}
    return DomainConfig(**values)


def domains_of(data: DataConfig, side: str) -> tuple[DomainConfig, ...]:
    """The domains of a side, `source` or `target`: those of its list, or the one; () without a source."""
    without = side == "source" and data.source.name == NO_SOURCE
    return () if without else getattr(data, LISTS[side]) or (getattr(data, side),)


def keys_of(data: DataConfig, side: str) -> dict[str, DomainConfig]:
    """Dotted key -> domain, of a side."""
    entries = getattr(data, LISTS[side])
    if entries:
        return {f"data.{LISTS[side]}.{number}": entry for number, entry in enumerate(entries)}
    return {f"data.{side}": one for one in domains_of(data, side)}


def key_of(data: DataConfig, domain: DomainConfig) -> str:
    """The dotted key of one of the domains of a run."""
    keys = keys_of(data, "source") | keys_of(data, "target")
    return next(key for key, one in keys.items() if one is domain)


def with_domains(data: DataConfig, change) -> DataConfig:
    """The data with every domain changed: `change` is a function from one to another."""
    changed = {side: change(getattr(data, side)) for side in LISTS}
    lists = {name: tuple(change(entry) for entry in getattr(data, name)) for name in LISTS.values()}
    return dataclasses.replace(data, **changed, **lists)


def labels_of(domains: tuple[DomainConfig, ...]) -> tuple[str, ...]:
    """What the domains are called where there are several: data set or folder, numbered where two are called alike."""
    found: list[str] = []
    for domain in domains:
        base = (Path(domain.root).name if domain.root else "") or domain.name
        name, number = base, 1
        while name in found:
            number += 1
            name = f"{base}-{number}"
        found.append(name)
    return tuple(found)


def patterns_of(data: DataConfig) -> dict[str, str]:
    """Label of each of several targets -> pattern of the names of its frames; empty where there is one target."""
    return {label: f"{glob.escape(label)}/*" for label in labels_of(data.targets)}


def check_several(run: RunConfig) -> None:
    """What the domains of a list cannot be.

    Raises:
        UsageError: of two sizes, twice the same, a sampler of its own, `none` among others, or what needs one domain.
    """
    for side, name in LISTS.items():
        entries = getattr(run.data, name)
        for number in range(len(entries)):
            _check_entry(entries, number, f"data.{name}.{number}")
        if entries and run.data.labelled_images is not None:
            what = f"{run.data.labelled_images}, but there are {len(entries)} {name}"
            raise UsageError("data.labelled_images", what, f"Name one {side}, or drop it")
    _check_also(run)
    for label in labels_of(run.data.targets):
        if label in run.evaluation.subsets:
            what = "is what one of the targets is called, whose scores have a row of their own"
            raise UsageError(f"evaluation.subsets.{label}", what, "Take another name")
    if run.data.targets:
        _check_no_other(run.data)
    if run.data.targets and all(entry.weak_labels == NO_WEAK_LABELS for entry in run.data.targets):
        raise UsageError("data.targets", "no target has weak labels", "Give those of one, or take --weak pseudo")


def weak_labels_of(data: DataConfig) -> dict[str, str]:
    """Dotted key -> file of weak labels, or `none`, of every target for which something is said."""
    given = {"data.weak_labels": data.weak_labels}
    given |= {f"data.targets.{number}.weak_labels": entry.weak_labels for number, entry in enumerate(data.targets)}
    return {key: value for key, value in given.items() if value is not None}


def _check_no_other(data: DataConfig) -> None:
    if data.weak_labels is not None:
        what = f"`{data.weak_labels}` stands beside data.targets, each of which has its own"
        raise UsageError("data.weak_labels", what, "Write --data.targets.0.weak_labels")


def _check_entry(entries: tuple[SharedDomainConfig, ...], number: int, key: str) -> None:
    entry, first = entries[number], entries[0]
    if entry.name == NO_SOURCE:
        raise UsageError(f"{key}.name", "`none` stands among others", "Drop it, or set --data.source.name none")
    if entry.weak_labels is not None and key.startswith("data.sources"):
        raise UsageError(f"{key}.weak_labels", "a source has labels", "Drop it")
    if entry.sampler:
        raise UsageError(f"{key}.sampler", "a sampler draws within every source", "Set --data.source.sampler")
    if entry.size != first.size:
        what = f"`{entry.size}`, but entry 0 has `{first.size}`: a batch holds images of all"
        raise UsageError(f"{key}.size", what, "Set --data.size for all")
    places = [_place(one, one.split) for one in entries[:number]]
    if _place(entry, entry.split) in places:
        what = f"is the same as entry {places.index(_place(entry, entry.split))}"
        raise UsageError(key, what, "Name each once, with a larger share if it should come more often")


def _place(domain: DomainConfig, split: str) -> tuple:
    """What tells the images of one domain from those of another, however the path of its folder is written."""
    root = None if domain.root is None else os.path.realpath(os.path.expanduser(domain.root.replace("\0", "")))
    return domain.name, root, domain.world_seed, split, repr(sorted(domain.arguments.items()))


def keys_also(run: RunConfig) -> dict[str, DomainConfig]:
    """Dotted key -> domain, of those that are scored beside the target."""
    return {f"evaluation.{ALSO}.{number}": domain for number, domain in enumerate(run.evaluation.also)}


def _check_also(run: RunConfig) -> None:
    known = {_place(one, one.eval_split): key for key, one in keys_of(run.data, "target").items()}
    for key, domain in keys_also(run).items():
        place = _place(domain, domain.eval_split)
        if domain.sampler:
            raise UsageError(f"{key}.sampler", "nothing is drawn of what is scored alone", "Drop it")
        if domain.name in BUILT_IN_DOMAINS and not domain.eval_frames:
            raise UsageError(f"{key}.eval_frames", "0: nothing to score", "Give 1 or more, or drop the entry")
        if place in known:
            raise UsageError(key, f"is the same as {known[place]}, which is scored already", "Name each once")
        known[place] = key
