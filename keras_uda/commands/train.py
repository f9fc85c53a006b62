"""`train.py`: configuration -> run folder with an adapted segmenter, its scores, baselines and report."""

from keras_uda.config.command_line import Parser
from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import run_config
from keras_uda.config.continued import continued
from keras_uda.config.file import ConfigFile
from keras_uda.config.names import BASELINES
from keras_uda.config.names import KEEP
from keras_uda.config.names import SCORES
from keras_uda.config.schema import RunConfig
from keras_uda.config.stored import to_dict
from keras_uda.core.console import say
from keras_uda.core.errors import UsageError
from keras_uda.runs.folder import NOWHERE
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


def parser() -> Parser:
    parser = Parser(prog="train.py", description="Adapts a segmenter from labelled to unlabelled driving images.")
    parser.add_argument("--resume", action="store_true", help="continue (the default when --output exists)")
    parser.add_argument("--dry-run", action="store_true", help="configuration, one timed step, duration, memory, disk")
    parser.add_argument("--check", action="store_true", help="run the data doctor first")
    parser.add_argument("--print-state-hash", action="store_true", help="SHA-256 over everything that trains")
    parser.add_argument("--regenerate", action="store_true", help="make damaged pseudo-labels again")
    text = "keep every checkpoint of the last stage, and take the one with the best score without labels"
    parser.add_argument("--select", choices=SCORES, help=text)
    text = "publish the adapted segmenter, or the better of it and source-only by a comparison without labels"
    parser.add_argument("--keep", choices=KEEP, default=KEEP[0], help=text)
    text = "a new run that trains on from this finished one, --steps more; the finished one stays"
    parser.add_argument("--continue-from", metavar="DIR", help=text)
    parser.add_argument("--allow-config-change", default="", metavar="KEYS", help="keys that may differ on a resume")
    add_run_flags(parser)
    return parser


def main(arguments: list[str]) -> None:
    run, options = run_config(parser(), arguments, base=continued_file)
    require_source_only(run, options["keep"])
    if options["check"]:
        from keras_uda.commands import doctor

        doctor.run(run)
    if options["dry_run"]:
        require_teachers(NOWHERE, run)
        from keras_uda.training.dry_run import dry_run

        dry_run(run)
        return
    folder = choose_folder(run, options)
    if folder.finished:
        require_nothing_to_train(folder, run)
        require_same_selection(folder, options["select"])
        require_same_keep(folder, options["keep"])
        say(f"{folder.path} is already complete. See {folder / 'report.html'}")
        if options["print_state_hash"]:
            say(f"state hash {folder.record['state_hash']}")
        return
    if not folder.path.exists():
        require_teachers(folder, run)  # before anything is made
    with folder.claimed():
        require_same_config(folder, run, options["allow_config_change"])
        require_same_selection(folder, options["select"])
        require_same_keep(folder, options["keep"])
        require_teachers(folder, run)
        from keras_uda.training.run import train

        more = {"continues": origin_of(RunFolder(options["continue_from"]))} if options["continue_from"] else {}
        kept = {"regenerate": options["regenerate"], "score": options["select"], "keep": options["keep"]}
        record = train(run, folder, **kept, **more)
    if options["print_state_hash"]:
        say(f"state hash {record['state_hash']}")
    say(f"next: python -m keras_uda export --run {folder.path}")


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
    run = continued(read_run(folder), weights)
    return ConfigFile(str(folder / "config.yaml"), to_dict(run), {})


def require_source_only(run: RunConfig, keep: str) -> None:
    """`--keep better` needs source-only to compare with."""
    if keep == KEEP[0]:
        return
    if run.method in BASELINES:
        raise UsageError("--keep", f"{run.method} is a baseline itself", "Leave --keep away, or train another method")
    if run.baselines == "none":
        raise UsageError("--keep", "there is no source-only to compare with", "Set --baselines all")


def choose_folder(run: RunConfig, options: dict) -> RunFolder:
    """The folder to make or to continue."""
    if options["output"]:
        folder = RunFolder(options["output"])
        if folder.path.exists() and not folder.path.is_dir():
            raise UsageError("--output", f"{folder.path} is a file", "Name a folder")
        if folder.path.is_dir() and any(folder.path.iterdir()) and not (folder / "config.yaml").exists():
            if not (folder / "lock").exists():
                raise UsageError("--output", f"{folder.path} is not empty and not a run", "Name a new folder")
        return folder
    return newest_run(finished=False) if options["resume"] else new_run(run.method)
