"""`train.py`: configuration -> run folder with an adapted segmenter, its scores, baselines and report."""

from keras_uda.api.adapt import continued_file
from keras_uda.api.adapt import judged_folder
from keras_uda.api.adapt import require_source_only
from keras_uda.api.adapt import train_or_continue
from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import run_config
from keras_uda.config.names import KEEP
from keras_uda.config.names import SCORES
from keras_uda.config.parser import Parser
from keras_uda.core.console import say


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
        judged_folder(run, options)
        from keras_uda.training.dry_run import dry_run

        dry_run(run)
        return
    folder, record = train_or_continue(run, options)
    if options["print_state_hash"]:
        say(f"state hash {record['state_hash']}")
    say(f"next: python -m keras_uda export --run {folder.path}")
