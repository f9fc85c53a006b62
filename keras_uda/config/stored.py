"""A configuration as it stands in a run folder, and what differs between two of them."""

import dataclasses
import json
from pathlib import Path

from keras_uda.config.defaults import with_defaults
from keras_uda.config.file import from_content
from keras_uda.config.file import read_config_file
from keras_uda.config.schema import RunConfig
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.core.outside import is_there

LISTS_OF_DOMAINS = {"data": ("sources", "targets"), "evaluation": ("also",)}


def to_dict(run: RunConfig) -> dict:
    """The configuration as plain YAML / JSON values, without what few runs have and this one has not.

    Those are lists of domains, their weak labels, and merged classes: so hashes of runs of earlier versions stay what
    they were.
    """
    content = json.loads(json.dumps(dataclasses.asdict(run)))
    domains = [content["data"]["source"], content["data"]["target"]]
    for group, names in LISTS_OF_DOMAINS.items():
        domains += [entry for name in names for entry in content[group][name]]
        content[group] = {key: value for key, value in content[group].items() if value or key not in names}
    for domain in domains:
        if not domain["merge"]:
            del domain["merge"]
        if domain.get("weak_labels", "") is None:
            del domain["weak_labels"]
    return content


def from_dict(content: dict) -> RunConfig:
    """The inverse of `to_dict`."""
    return from_content(content)


def read_run_config(folder: Path) -> RunConfig:
    """The `config.yaml` of a run folder, of this version or an earlier one.

    Raises:
        UsageError: there is none.
        ArtefactError: it is damaged.
    """
    path = Path(folder) / "config.yaml"
    if not is_there(path):
        raise UsageError(folder, "not a run folder (no config.yaml)", "Name one that train.py wrote")
    try:
        return with_defaults(from_dict(read_config_file(path).content))
    except UsageError as error:
        raise ArtefactError(error.where, error.what, "Restore the file, or train again") from error


def differences(old: dict, new: dict, prefix: str = "") -> list[tuple[str, object, object]]:
    """(dotted key, old value, new value) wherever two configurations differ."""
    changed = []
    for key in {**old, **new}:
        before, after = old.get(key), new.get(key)
        if isinstance(before, dict) and isinstance(after, dict):
            changed += differences(before, after, f"{prefix}{key}.")
        elif before != after:
            changed.append((prefix + key, before, after))
    return changed
