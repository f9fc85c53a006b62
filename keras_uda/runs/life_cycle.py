"""The life of a run in its folder: its configuration, then a record that says `running`, at the end `finished`."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keras_uda.config.method_spec import weak_kind
from keras_uda.config.schema import RunConfig
from keras_uda.config.stored import to_dict
from keras_uda.core.atomic import atomic_write
from keras_uda.core.strict_yaml import dump_yaml
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.places import DIRECTORY
from keras_uda.runs.provenance import circumstances
from keras_uda.runs.provenance import git_commit
from keras_uda.runs.provenance import versions


@contextmanager
def recorded(folder: RunFolder, run: RunConfig, **about: object) -> Iterator[None]:
    """What happens inside is the life of a run; seconds of earlier processes are counted.

    Args:
        folder: claimed by this process.
        run: the resolved configuration.
        about: further entries of the record.
    """
    began, clock = time.time(), time.monotonic()  # the clock of the day may be set back meanwhile
    atomic_write(folder / "config.yaml", dump_yaml(to_dict(run)))
    started = folder.record.get("started", began)
    entries = {"method": run.method, "weak": weak_kind(run), "seed": run.seed, "status": "running", "started": started}
    entries |= {"git_commit": git_commit(), "versions": versions(), **circumstances(run)}
    entries[DIRECTORY] = str(Path.cwd())
    folder.update_record(**entries, **about)
    yield
    seconds = round(folder.record.get("seconds", 0.0) + time.monotonic() - clock, 1)
    folder.update_record(status="finished", seconds=seconds)
