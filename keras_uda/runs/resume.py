"""What must not change when a run goes on: its configuration, and whether its checkpoints are kept."""

import json
import shlex

from keras_uda.config.names import KEEP
from keras_uda.config.schema import RunConfig
from keras_uda.config.stored import differences
from keras_uda.config.stored import read_run_config
from keras_uda.config.stored import to_dict
from keras_uda.core.errors import UsageError
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.stage import stages_of


def require_same_config(folder: RunFolder, run: RunConfig, allowed: str = "") -> None:
    """A run continues with the configuration it began with.

    Args:
        folder: of the run.
        run: the configuration now.
        allowed: keys that may differ, with commas between them.
    Raises:
        UsageError: naming the first key that differs, with both values.
    """
    if not (folder / "config.yaml").exists() or not (folder / "stages").exists():
        return  # nothing has been trained yet: what was mistaken may be corrected
    before = read_run_config(folder.path)
    for key, old, new in differences(to_dict(before), to_dict(run)):
        what = f"{json.dumps(new)} now, {json.dumps(old)} when {folder.path} was started"
        if key not in [name.strip() for name in allowed.split(",")]:
            raise UsageError(key, what, f"Use another --output, or add --allow-config-change {key}")
        if key in _of_finished_stages(folder, before):
            raise UsageError(key, f"{what}, and this stage is finished", "Use another --output")


def _of_finished_stages(folder: RunFolder, run: RunConfig) -> set[str]:
    """`stages.<name>.steps` of the stages that nothing will train again."""
    return {f"stages.{stage.name}.steps" for stage in stages_of(run, folder) if stage.provenance() is not None}


def require_nothing_to_train(folder: RunFolder, run: RunConfig) -> None:
    """A finished run stays as it is: whatever is asked for beyond it is a new run.

    Raises:
        UsageError: naming the first key that differs; for more steps, with the command that trains them.
    """
    before = read_run_config(folder.path)
    for key, old, new in differences(to_dict(before), to_dict(run)):
        what = f"{json.dumps(new)} now, {json.dumps(old)} when {folder.path} was started, which is finished"
        remedy = "Use another --output"
        if key.startswith("stages.") and key.endswith(".steps") and new > old:
            command = f"python -m keras_uda train --continue-from {shlex.quote(str(folder.path))} --steps {new - old}"
            remedy = f"Train on in a new run: {command}"
        raise UsageError(key, what, remedy)


def require_same_selection(folder: RunFolder, score: str | None) -> None:
    """Checkpoints are kept from the first step on, or not at all."""
    if not (folder / "stages").exists() or folder.record.get("select") == score:
        return
    what = f"{score} now, {folder.record.get('select')} when {folder.path} was started"
    raise UsageError("--select", what, "Use another --output, or the `select` verb after training")


def require_same_keep(folder: RunFolder, keep: str) -> None:
    """What is published is decided before the training, not by its scores."""
    before = folder.record.get("keep", KEEP[0])
    if (folder / "stages").exists() and before != keep:
        remedy = "Use another --output; source-only is below runs/baselines, the adapted segmenter in stages/"
        raise UsageError("--keep", f"{keep} now, {before} when {folder.path} was started", remedy)
