"""Where the files lie that a run names by relative paths: it may be read from another folder than it was made in."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.data_schema import SharedDomainConfig
from keras_uda.config.names import NO_WEAK_LABELS
from keras_uda.config.schema import RunConfig
from keras_uda.config.several import with_domains
from keras_uda.config.stored import read_run_config
from keras_uda.runs.folder import RunFolder

DIRECTORY = "directory"  # key of `run.json`: where the command was given


def read_run(folder: RunFolder) -> RunConfig:
    """The configuration of a run, with relative paths that lead to files from here.

    A path that leads nowhere from the current folder is looked for in the folder where the run was started, and then in
    every folder above the run.

    Raises:
        ArtefactError: no `config.yaml`, or a damaged one.
    """
    run = read_run_config(folder.path)
    started = folder.record.get(DIRECTORY)
    places = [Path(), *([Path(started)] if started else []), *folder.path.resolve().parents]
    data = with_domains(run.data, lambda domain: _found(domain, places))
    data = dataclasses.replace(data, weak_labels=_path(data.weak_labels, places))
    also = tuple(_found(domain, places) for domain in run.evaluation.also)
    return dataclasses.replace(run, data=data, evaluation=dataclasses.replace(run.evaluation, also=also))


def _found(domain: DomainConfig, places: Sequence[Path]) -> DomainConfig:
    class_map = _path(domain.class_map, places) if isinstance(domain.class_map, str) else domain.class_map
    if isinstance(domain, SharedDomainConfig) and domain.weak_labels != NO_WEAK_LABELS:
        domain = dataclasses.replace(domain, weak_labels=_path(domain.weak_labels, places))
    return dataclasses.replace(domain, root=_path(domain.root, places), class_map=class_map)


def _path(value: str | None, places: Sequence[Path]) -> str | None:
    """The path from the first of the places where it leads to something; as it is where there is none."""
    if value is None or value.startswith("~") or Path(value).is_absolute() or Path(value).exists():
        return value
    return next((str(place / value) for place in places if (place / value).exists()), value)
