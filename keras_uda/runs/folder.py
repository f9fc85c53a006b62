"""The folder of one run: its name, its lock, its record, and its log, all whole after a kill."""

import json
import os
import re
import shutil
import time
import traceback
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from contextlib import suppress
from pathlib import Path

from keras_uda.core.atomic import atomic_write
from keras_uda.core.atomic import remove_dead_leftovers
from keras_uda.core.console import printable
from keras_uda.core.console import warn
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import ResourceError
from keras_uda.core.errors import UdaError
from keras_uda.core.errors import UsageError
from keras_uda.core.files import links_out_of
from keras_uda.core.files import remove
from keras_uda.core.files import resource_errors
from keras_uda.core.json_records import read_json as checked_file
from keras_uda.core.locks import exclusive
from keras_uda.core.outside import appended
from keras_uda.core.outside import is_there
from keras_uda.runs.record import RunRecord

RUNS = Path("runs")


class RunFolder:
    """Paths and record of one run.

    Args:
        path: the folder; made on `claim`.
    """

    def __init__(self, path: Path | str):
        self.path = Path(path)

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @property
    def record(self) -> dict:
        """Content of `run.json`; empty before the first claim.

        Raises:
            ArtefactError: it is damaged, or has an entry of another type.
        """
        path = self / "run.json"
        remedy = "Restore the file, or use another --output"
        return checked_file(path, RunRecord, error=ArtefactError, remedy=remedy) if is_there(path) else {}

    def update_record(self, **entries: object) -> None:
        text = json.dumps({**self.record, **entries}, indent=1, ensure_ascii=False)
        atomic_write(self / "run.json", text.encode("utf-8", "replace"))  # names of folders need not be UTF-8

    @property
    def finished(self) -> bool:
        return self.record.get("status") == "finished"

    @property
    def trained(self) -> bool:
        """Whether a stage has taken a step: there is a checkpoint of one, or the segmenter that it left."""
        states = (path.name for path in self.path.glob("stages/*/state/step-*"))
        return any(self.path.glob("stages/*/segmenter.json")) or any(name.strip("step-0") for name in states)

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Makes the folder and keeps every other process out of it while the block runs.

        A configuration that is refused leaves no folder that was made for it.

        Raises:
            InUse: another living process has it. The lock dies with its owner.
            ResourceError: the folder cannot be made or written, or a folder in it is a link that leads out of it.
        """
        is_new = not os.path.lexists(self.path)
        self._require_own_folders()
        with resource_errors(self / "logs"):
            (self / "logs").mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            with resource_errors(self.path):
                remedy = "Wait for it or choose another --output"
                stack.enter_context(exclusive(self / "lock", self.path, remedy))
            for folder in (self.path, *self.path.glob("stages/*")):
                remove_dead_leftovers(folder)
            try:
                yield
            except UsageError:
                if is_new and not self.trained:
                    remove(self.path)
                else:
                    self._note_failure()
                raise
            except BaseException:
                self._note_failure()
                raise

    def _require_own_folders(self) -> None:
        """A folder of others may hold links to folders of ours, whose files would be written over."""
        for link in links_out_of(self.path) if self.path.is_dir() else ():
            what = f"a link to {os.path.realpath(link)}, which is not in the run folder and would be written to"
            raise ResourceError(link, what, "Put the folder itself there")

    def _note_failure(self) -> None:
        """Keeps the traceback; the error itself goes on, whatever the disk says."""
        with suppress(OSError, UdaError), appended(self / "logs" / "errors.log") as log:
            log.write(printable(traceback.format_exc(), "\n"))
            self.update_record(status="interrupted")


NOWHERE = RunFolder("unused")  # of what writes nothing


def read_json(path: Path, kind: type = dict) -> dict:
    """The content of a JSON file that is of this kind; empty where there is none, or none that is whole."""
    try:
        return checked_file(path, kind)
    except UdaError:
        return {}


def new_run(method: str) -> RunFolder:
    """`runs/<method>-<date>-<n>` with the next free n."""
    stem = f"{method}-{time.strftime('%Y%m%d')}"
    taken = [int(match[1]) for name in _names(RUNS) if (match := re.fullmatch(rf"{re.escape(stem)}-(\d+)", name))]
    return RunFolder(RUNS / f"{stem}-{max(taken, default=0) + 1}")


def _names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()] if folder.is_dir() else []


def newest_run(finished: bool, runs: Path | None = None) -> RunFolder:
    """The newest finished (or unfinished) run below `runs/`, by its own record.

    Raises:
        UsageError: there is none.
    """
    runs = runs or RUNS
    candidates = []
    for name in _names(runs):
        folder = RunFolder(runs / name)
        try:
            started = folder.record.get("started")
            if started is not None and folder.finished == finished:
                candidates.append((started, name))
        except ArtefactError as error:
            warn(f"{error.where}: {error.what}; this run is passed by")
    if not candidates:
        kind = "finished" if finished else "unfinished"
        raise UsageError(runs, f"no {kind} run here", "Run train.py first, or name one with --run or --output")
    return RunFolder(runs / max(candidates)[1])


def require_space(folder: Path, needed_bytes: int) -> None:
    """Raises `ResourceError` before step 1 if the disk cannot hold three checkpoints."""
    free = shutil.disk_usage(folder).free
    if free < 3 * needed_bytes:
        what = f"no space left (needs about {3 * needed_bytes // 2**20 + 1} MiB, {free // 2**20} MiB free)"
        raise ResourceError(folder, what, "Free space and run the same command again")
