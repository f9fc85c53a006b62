"""`adapt`: a configuration becomes a run folder with an adapted segmenter, its scores, baselines and report."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from keras_uda.api.options import AnyPath
from keras_uda.api.options import Options
from keras_uda.api.options import configured
from keras_uda.api.run import Run
from keras_uda.config.continued import continued
from keras_uda.config.file import ConfigFile
from keras_uda.config.names import BASELINES
from keras_uda.config.names import KEEP
from keras_uda.config.schema import RunConfig
from keras_uda.config.stored import to_dict
from keras_uda.core.console import say
from keras_uda.core.errors import UsageError
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.folder import new_run
from keras_uda.runs.folder import newest_run
from keras_uda.runs.lineage import origin_of
from keras_uda.runs.lineage import weights_of
from keras_uda.runs.places import read_run
from keras_uda.runs.resume import require_nothing_to_train
from keras_uda.runs.resume import require_same_config
from keras_uda.runs.resume import require_same_keep
from keras_uda.runs.resume import require_same_selection
from keras_uda.runs.teachers import require_teachers
from keras_uda.runs.teachers import require_weights

if TYPE_CHECKING:
    import keras


def adapt(
    method: str | None = None,
    *,
    output: AnyPath | None = None,
    steps: int | None = None,
    config: AnyPath | None = None,
    options: Options | None = None,
    segmenter: "keras.Model | None" = None,
    keep: str = KEEP[0],
    continue_from: AnyPath | None = None,
) -> Run:
    """Adapts a segmenter from labelled to unlabelled images, or goes on where a call with this `output` was stopped.

    Args:
        method: name of a method (docs/results/methods.md); None: the recipe.
        output: the run folder; None: a new one below `runs/`.
        steps: of every stage; None: those of the configuration.
        config: YAML file instead of the configuration of the method.
        options: dotted key of the configuration (docs/configuration.md) -> value, `{"data.target.root": "my_frames"}`.
        segmenter: of `build_segmenter`, to start from; it stays as it is. Its weights are written beside the run.
        keep: `adapted`, or `better`: the better of it and source-only, by a comparison without labels.
        continue_from: a finished run that a new one trains on from.
    Returns:
        The finished run.
    Raises:
        UsageError: anything that cannot be meant. DataError: images or labels that cannot be used. PartialResult: it
        finished without the bad pairs of its data. Others: docs/reliability.md.
    """
    folder = None if output is None else str(Path(output))
    if segmenter is not None:
        folder = folder or str(new_run(method or RunConfig.method).path)
        options = {**options_of(segmenter), "segmenter.weights": f"{folder}-start", **(options or {})}
    flags = {
        "output": folder,
        "keep": keep,
        "continue_from": None if continue_from is None else os.fspath(continue_from),
    }
    run = configured(method, steps, config, options, base=lambda given: continued_file({**given, **flags}))
    require_source_only(run, keep)
    if segmenter is not None:
        write_start(segmenter, run)
    return Run(train_or_continue(run, flags)[0].path)


def options_of(segmenter: "keras.Model") -> dict[str, object]:
    """The options that name the network and the classes of a model of `build_segmenter`."""
    if not hasattr(segmenter, "built_from"):
        raise UsageError("segmenter", "is no model of `keras_uda.build_segmenter`", "Build it with that function")
    built = segmenter.built_from
    fields = {"name": built.name, "levels": built.levels}
    fields |= {f"arguments.{key}": value for key, value in built.arguments.items()}
    return {f"segmenter.{key}": value for key, value in fields.items()} | {"data.classes": list(segmenter.class_names)}


def write_start(segmenter: "keras.Model", run: RunConfig) -> None:
    """Writes a segmenter where the configuration looks for its start.

    A folder that is there already is that of an earlier call, which goes on with the weights that it started with.
    """
    from keras_uda.segmenters.build import save_segmenter
    from keras_uda.segmenters.weights.record import RECORD_FILE
    from keras_uda.segmenters.weights.record import make_record

    folder = Path(run.segmenter.weights)
    if not (folder / RECORD_FILE).exists():
        record = make_record(segmenter.built_from, segmenter.class_names, run.data.target.size)
        save_segmenter(segmenter, folder, record)


def train_or_continue(run: RunConfig, flags: Mapping[str, object]) -> tuple[RunFolder, dict]:
    """Trains what is not trained yet.

    Args:
        run: the configuration.
        flags: of the verb `train` that are no part of it, by name; those that are missing are off.
    Returns:
        The folder of the run, and its record.
    """
    select, keep, origin = flags.get("select"), flags.get("keep", KEEP[0]), flags.get("continue_from")
    folder = judged_folder(run, flags)
    if folder.finished:
        say(f"{folder.path} is already complete. See {folder / 'report.html'}")
        return folder, folder.record
    with folder.claimed():
        require_fitting(folder, run, flags)  # once more: another process may have had it
        from keras_uda.training.run import train

        more = {"continues": origin_of(RunFolder(origin))} if origin else {}
        kept = {"regenerate": bool(flags.get("regenerate")), "score": select, "keep": keep}
        return folder, train(run, folder, **kept, **more)


def continued_file(options: dict) -> ConfigFile | None:
    """The configuration of the run of `--continue-from`, its last stage alone; None without the flag.

    Raises:
        UsageError: not a finished run, or flags that name another configuration.
    """
    if options["continue_from"] is None:
        return None
    for flag in ("config", "method"):
        if options[flag] is not None:
            raise UsageError(f"--{flag}", "--continue-from takes the configuration of its run", "Drop one of them")
    folder = RunFolder(options["continue_from"])
    weights = str(weights_of(folder))
    run = continued(read_run(folder), weights, str(folder.path))
    return ConfigFile(str(folder / "config.yaml"), to_dict(run), {})


def require_source_only(run: RunConfig, keep: str) -> None:
    """`--keep better` needs source-only to compare with."""
    if keep == KEEP[0]:
        return
    if run.method in BASELINES:
        raise UsageError("--keep", f"{run.method} is a baseline itself", "Leave --keep away, or train another method")
    if run.baselines == "none":
        raise UsageError("--keep", "there is no source-only to compare with", "Set --baselines all")


def judged_folder(run: RunConfig, flags: Mapping[str, object]) -> RunFolder:
    """The folder to make or to continue, which fits the configuration; nothing is made, arguments as above."""
    folder = choose_folder(run, flags)
    if folder.finished:
        require_nothing_to_train(folder, run)
        require_same_selection(folder, flags.get("select"))
        require_same_keep(folder, flags.get("keep", KEEP[0]))
    else:
        require_fitting(folder, run, flags)
        require_weights(run)
    return folder


def require_fitting(folder: RunFolder, run: RunConfig, flags: Mapping[str, object]) -> None:
    """Raises UsageError unless an unfinished or new run can go on with this configuration."""
    require_same_config(folder, run, flags.get("allow_config_change", ""))
    require_same_selection(folder, flags.get("select"))
    require_same_keep(folder, flags.get("keep", KEEP[0]))
    require_teachers(folder, run)


def choose_folder(run: RunConfig, options: Mapping[str, object]) -> RunFolder:
    """The folder to make or to continue."""
    if options.get("output"):
        folder = RunFolder(options["output"])
        if folder.path.exists() and not folder.path.is_dir():
            raise UsageError("--output", f"{folder.path} is a file", "Name a folder")
        if folder.path.is_dir() and any(folder.path.iterdir()) and not (folder / "config.yaml").exists():
            if not (folder / "lock").exists():
                raise UsageError("--output", f"{folder.path} is not empty and not a run", "Name a new folder")
        return folder
    return newest_run(finished=False) if options.get("resume") else new_run(run.method)
