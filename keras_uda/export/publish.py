"""Run folder -> export folder: every artefact written aside, checked against Keras, published by one rename."""

import json
import re
from collections.abc import Callable
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from keras_uda.artefacts import manifest
from keras_uda.artefacts.device_facts import device_facts
from keras_uda.artefacts.manifest import EXPORTS
from keras_uda.core import apart
from keras_uda.core.atomic import atomic_folder
from keras_uda.core.atomic import remove_dead_leftovers
from keras_uda.core.atomic import require_writable
from keras_uda.core.console import say
from keras_uda.core.console import warn
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import PartialResult
from keras_uda.core.errors import UsageError
from keras_uda.core.fault_points import fault_point
from keras_uda.core.files import remove
from keras_uda.export import bounds
from keras_uda.export import parity
from keras_uda.export.analyser import gpu_words
from keras_uda.export.calibration import Calibration
from keras_uda.export.check_frames import CheckFrames
from keras_uda.export.check_frames import check_frames
from keras_uda.export.description import describe
from keras_uda.export.description import facts_of_check
from keras_uda.export.description import peers
from keras_uda.export.description import table
from keras_uda.export.reference import Reference
from keras_uda.export.reference import reference_of_run
from keras_uda.export.source import Source
from keras_uda.export.write import Artefact
from keras_uda.export.write import Wanted
from keras_uda.export.write import artefacts_of
from keras_uda.segmenters.weights.record import read_record


def next_folder(run: Path) -> Path:
    """`exports/<run>-<n>` with the next free n."""
    stem = run.resolve().name
    names = [entry.name for entry in EXPORTS.iterdir()] if EXPORTS.is_dir() else []
    taken = [int(match[1]) for name in names if (match := re.fullmatch(rf"{re.escape(stem)}-(\d+)", name))]
    return EXPORTS / f"{stem}-{max(taken, default=0) + 1}"


def export_run(
    run: Path, output: Path | None, wanted: Wanted, extra: Callable[[Path, np.ndarray], None] | None = None
) -> Path:
    """Exports the segmenter of a run folder.

    Args:
        run: folder with `segmenter.weights.h5` and `segmenter.json`.
        output: new folder; None is the next free one below `exports/`.
        wanted: formats and quantisations.
        extra: called with the finished folder and the checked frames before the folder is renamed into place.
    Returns:
        The published folder.
    Raises:
        UsageError: `output` exists.
        ArtefactError: the run cannot be read, or no artefact is the same model as Keras; nothing is published then.
            Where some are, those are published, and `export.json` says under `failed` which are not; see
            `require_whole`.
    """
    final = next_folder(run) if output is None else output
    if final.exists():
        raise UsageError("--output", f"{final} exists already, and exports are never changed", "Name a new folder")
    require_writable(final.parent)
    remove_dead_leftovers(final.parent)
    source = Source(Path(run), wanted.branch)
    record, _ = read_record(run)
    frames = check_frames(run, record)
    grids = tuple(dict.fromkeys(("full", *wanted.argmax)))
    reference = apart.call(reference_of_run, source, frames.images, grids)
    description = describe(run, record, wanted)
    calibration = Calibration(source, wanted.calibration, frames)
    with atomic_folder(final) as folder:
        artefacts = artefacts_of(source, description, wanted, calibration)
        results, failed = write_checked(artefacts, folder, reference, frames, record["classes"])
        content = description | facts_of_check(frames, reference.maps["full"], calibration)
        content |= {"artefacts": results} | ({"failed": failed} if failed else {})
        (folder / "labels.txt").write_text("".join(f"{name}\n" for name in record["classes"]), encoding="utf-8")
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
        (folder / manifest.MANIFEST).write_text(text, encoding="utf-8")
        fault_point("export-described")
        if extra is not None:
            extra(folder, frames.images)
    say(table(content))
    if note := peers(results):
        say(note)
    return final


def write_checked(
    artefacts: Iterable[Artefact], folder: Path, reference: Reference, frames: CheckFrames, classes: list[str]
) -> tuple[dict[str, dict], dict[str, dict]]:
    """Writes artefacts one after another; what fails its check is removed again, with a warning.

    Returns:
        Name -> what `export.json` says of those that passed, and of those that failed.
    Raises:
        ArtefactError: none passed.
    """
    results, failed = {}, {}
    for artefact in artefacts:
        try:
            artefact.write(folder)
            results[artefact.name] = check(artefact, folder, reference, frames, classes)
        except ArtefactError as error:
            remove_failed(folder / artefact.file)
            failed[artefact.name] = {"file": artefact.file, "why": error.what, "remedy": error.remedy}
            warn(f"{artefact.file} {error.what}. {error.remedy}")
        fault_point("export-checked")
    if not results:
        raise nothing_passed(failed)
    return results, failed


def remove_failed(place: Path) -> None:
    """Removes what must not be published, and the folder that held nothing else."""
    remove(place)
    if place.parent.name.startswith("saved_model"):
        remove(place.parent)


def nothing_passed(failed: dict[str, dict]) -> ArtefactError:
    """The error of an export without an artefact: that of the first one that failed."""
    first = next(iter(failed.values()))
    more = f" ({len(failed) - 1} more failed)" if len(failed) > 1 else ""
    return ArtefactError(first["file"], first["why"] + more, f"Nothing was published. {first['remedy']}")


def require_whole(folder: Path) -> None:
    """Raises `PartialResult` for a published export in which an artefact that was asked for is missing."""
    failed = manifest.read_manifest(folder).get("failed")
    if failed:
        missing = "; ".join(f"{one['file']} ({one['why']})" for one in failed.values())
        raise PartialResult(folder, f"published without {missing}", next(iter(failed.values()))["remedy"])


def check(artefact: Artefact, folder: Path, reference: Reference, frames: CheckFrames, classes: list[str]) -> dict:
    """Runs an artefact beside Keras; returns its entry of `export.json` or refuses it.

    It must do what Keras does in the same form, and the form may cost no more than its price.

    Args:
        artefact: written.
        folder: of the export.
        reference: what Keras says.
        frames: that both see.
        classes: names.
    """
    place, grid = folder / artefact.file, artefact.tail.argmax
    larger = (reference.larger,) if artefact.bounds == "saved_model" else ()  # files have one size
    maps = parity.run_apart(place, frames.images, *larger)
    size = reference.larger.shape[2:0:-1]
    of_larger = {"agreement_larger": parity.agreement_of_larger(maps, reference.maps_of_larger[grid], size)}
    in_form = parity.compare(maps, reference.maps[grid], frames, classes) | of_larger
    bounds.require(artefact.file, bounds.BOUNDS[artefact.bounds], in_form)
    result = in_form if grid == "full" else parity.compare(maps, reference.maps["full"], frames, classes) | of_larger
    bounds.require_worth(artefact.file, grid, artefact.bounds, result)
    known = {"file": artefact.file, "size_bytes": manifest.size_of(place), "sha256": manifest.hash_of(place)}
    known |= artefact.tail._asdict() | {"agreement_in_form": in_form["agreement"]}
    if place.suffix == ".tflite":
        result |= device_facts(place) | {"gpu_analyser": gpu_words(place)}
    return known | result
