"""Every reader of files from outside, by the name of the folder that keeps its corpus; and what it is held to."""

import functools
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from keras_uda.core.errors import LONGEST_LINE
from keras_uda.core.errors import UdaError
from keras_uda.core.errors import one_line

CORPUS = Path(__file__).parent / "corpus"
MOST_SECONDS = 10.0  # of the processor; a machine may be busy
LONGEST_WAIT = 120  # a reader that takes no time of the processor waits for what never comes
MOST_BYTES = 400e6
CLASSES = ("road", "car", "sky")


class Reader(NamedTuple):
    """One reader.

    Args:
        file: name that the file has to have.
        read: of its path; gives anything, or raises a `UdaError`.
        kind: `text` or `bytes`: how it is mutated.
    """

    file: str
    read: Callable[[Path], object]
    kind: str = "text"


def _json(path: Path):
    from keras_uda.core.json_records import read_json

    return read_json(path)


def _json_lines(path: Path):
    from keras_uda.core.json_records import read_json_lines

    return list(read_json_lines(path))


def _yaml(path: Path):
    from keras_uda.core.strict_yaml import load_yaml_lines

    return load_yaml_lines(path)


def _arrays(path: Path):
    from keras_uda.core.arrays import read_arrays

    return read_arrays(path)


def _config(path: Path):
    from keras_uda.config.file import from_content
    from keras_uda.config.file import read_config_file

    file = read_config_file(path)
    return from_content(file.content, file.lines)


def _class_map(path: Path):
    from keras_uda.data.formats.class_map import load_class_map

    return load_class_map(str(path), None, None, CLASSES)


def _tool_map(path: Path):
    from keras_uda.data.formats.tool_maps import tool_map

    return tool_map(path.parent)


def _tags(path: Path):
    from keras_uda.weak_labels.files import read_weak_labels

    return read_weak_labels(path, classes=CLASSES)


def _points(path: Path):
    from keras_uda.weak_labels.files import read_weak_labels

    return read_weak_labels(None, path, classes=CLASSES)


def _image(path: Path):
    from keras_uda.data.formats.images import read_image

    return read_image(path)


def _label(path: Path):
    from keras_uda.data.formats.class_map import train_ids
    from keras_uda.data.formats.labels import read_label

    return read_label(path, train_ids(CLASSES), CLASSES)


def _polygons(path: Path):
    from keras_uda.data.formats.class_map import shipped_map
    from keras_uda.data.formats.polygons import draw_polygons

    return draw_polygons(path.read_bytes(), shipped_map("cityscapes"), path)


def _manifest(path: Path):
    from keras_uda.artefacts.manifest import read_manifest

    return read_manifest(path.parent)


def _record(path: Path):
    from keras_uda.segmenters.weights.record import read_record

    return read_record(path.parent)


def _state(path: Path):
    from keras_uda.training.generations import read_manifest

    return read_manifest(path.parent)


def _metrics(path: Path):
    from keras_uda.runs.metrics_log import read_metrics

    return read_metrics(path)


def _run(path: Path):
    from keras_uda.runs.folder import RunFolder

    return RunFolder(path.parent).record


def _torch(path: Path):
    from keras_uda.segmenters.weights.torch_files import read_state_dict

    return read_state_dict(path)


def _safetensors(path: Path):
    from keras_uda.segmenters.weights.safetensors_files import read_safetensors

    return read_safetensors(path)


def _scores(path: Path):
    from keras_uda.evaluation.scores_file import read_scores

    return read_scores(path.parent)


def _report(path: Path):
    """All that a page says of a run folder with this one file; whatever the file holds, each part of it can be made."""
    from keras_uda.report import extras
    from keras_uda.report import facts
    from keras_uda.report import strips
    from keras_uda.report import tables
    from keras_uda.report.inputs import Inputs

    inputs = Inputs(path.parent.parent if path.parent.name == "sections" else path.parent)
    parts = (facts.headline, facts.statements, tables.legend, tables.class_rows, tables.mean_rows, tables.stage_rows)
    for part in (*parts, tables.share_rows, strips.groups, extras.sections, extras.notes, extras.left_out):
        part(inputs)
    return inputs.metrics


def _description(path: Path):
    from keras_uda.artefacts.metadata import read_metadata

    return read_metadata(path)


def _ops(path: Path):
    from keras_uda.artefacts.op_scan import risky_ops

    return risky_ops(path.parent)


def _kept_rows(path: Path):
    from keras_uda.weak_labels.annotator.kept import read_rows

    return read_rows(path, "a")


def _listing(path: Path):
    from keras_uda.data.readers.pairing import lines_of

    return lines_of(path)


@functools.cache
def _rest():
    from keras_uda.predict.server.address import parse_address
    from keras_uda.predict.server.rest import Rest

    return Rest(parse_address("http://127.0.0.1:1"))


class Canned:
    """A server that answers with the bodies of files."""

    def __init__(self, about: bytes, answer: bytes = b""):
        self.bodies = {"about": about, "encoded": answer}

    def call(self, signature, inputs, seconds, largest):
        return _rest()._outputs(self.bodies[signature])

    def close(self):
        pass


def _about(path: Path):
    from keras_uda.predict.server.model import ServerModel

    return ServerModel(_rest().address, Canned(path.read_bytes()))


def _answer(path: Path):
    from keras_uda.predict.server.model import ServerModel

    canned = Canned((CORPUS / "about" / "honest").read_bytes(), path.read_bytes())
    return ServerModel(_rest().address, canned).ask(b"")


READERS = {
    "json": Reader("a.json", _json),
    "json_lines": Reader("a.jsonl", _json_lines),
    "yaml": Reader("a.yaml", _yaml),
    "arrays": Reader("a.npz", _arrays, "bytes"),
    "config": Reader("config.yaml", _config),
    "class_map": Reader("classes.yaml", _class_map),
    "tool_map": Reader("labelmap.txt", _tool_map),
    "tags": Reader("tags.csv", _tags),
    "points": Reader("tags.points.jsonl", _points),
    "image": Reader("a.png", _image, "bytes"),
    "jpeg": Reader("a.jpg", _image, "bytes"),
    "label": Reader("a.png", _label, "bytes"),
    "polygons": Reader("a.json", _polygons),
    "manifest": Reader("export.json", _manifest),
    "record": Reader("segmenter.json", _record),
    "state": Reader("step-00000008/manifest.json", _state),
    "metrics": Reader("metrics.jsonl", _metrics),
    "run": Reader("run.json", _run),
    "scores": Reader("evaluation.json", _scores),
    "report_scores": Reader("evaluation.json", _report),
    "report_run": Reader("run.json", _report),
    "report_config": Reader("config.yaml", _report),
    "report_metrics": Reader("metrics.jsonl", _report),
    "report_notes": Reader("notes.json", _report),
    "report_section": Reader("sections/a.json", _report),
    "torch": Reader("a.pth", _torch, "bytes"),
    "safetensors": Reader("a.safetensors", _safetensors, "bytes"),
    "description": Reader("a.tflite", _description, "bytes"),
    "ops": Reader("saved_model.pb", _ops, "bytes"),
    "kept_rows": Reader("a.npz", _kept_rows, "bytes"),
    "listing": Reader("a.txt", _listing),
    "about": Reader("about.json", _about),
    "answer": Reader("answer.json", _answer),
}


def corpus(name: str) -> list[Path]:
    """The kept files of a reader, honest ones and those that were found to break something."""
    return sorted((CORPUS / name).iterdir())


def place_for(name: str, folder: Path) -> Path:
    """Where the file of a reader lies in a folder."""
    path = folder / READERS[name].file
    path.parent.mkdir(exist_ok=True)
    return path


def attempt(name: str, content: bytes, folder: Path) -> None:
    """Gives a reader a file. It must read or refuse it in one line, in little time and memory.

    Raises:
        AssertionError: it took too much time or memory, or its refusal is no line. Else whatever the reader raises that
            is not an error of the user's world: a defect.
    """
    import_what_it_needs(name)
    path = place_for(name, folder)
    path.write_bytes(content)
    before, began = peak(), time.process_time()
    with alarm(LONGEST_WAIT):
        try:
            READERS[name].read(path)
        except UdaError as refusal:
            assert refusal.exit_code in (2, 3, 4, 6, 7) and len(one_line(refusal)) <= LONGEST_LINE
    seconds, grown = time.process_time() - began, peak() - before
    assert seconds < MOST_SECONDS, f"{seconds:.1f} s of the processor"
    assert grown < MOST_BYTES, f"{grown / 1e6:.0f} MB more"


@functools.cache
def import_what_it_needs(name: str) -> None:
    """Reads an honest file, so that time and memory of the imports are not those of the next one."""
    with tempfile.TemporaryDirectory() as folder:
        path = place_for(name, Path(folder))
        path.write_bytes(next(CORPUS.glob(f"{name}/honest*")).read_bytes())
        READERS[name].read(path)


def peak() -> int:
    """Bytes that this process held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@contextmanager
def alarm(seconds: int):
    def ring(*_):
        raise AssertionError(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
