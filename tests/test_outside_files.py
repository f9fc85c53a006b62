"""Every place that opens a file without the door of `core/outside.py` is listed here, with the reason why it may."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

PACKAGE = ROOT / "keras_uda"
DOOR = {"core/outside.py", "core/json_records.py", "core/strict_yaml.py", "core/arrays.py"}
NAMES = {"open"}  # called by their name
ATTRIBUTES = {
    *("open", "read_text", "read_bytes", "load", "loads", "File", "ZipFile", "read_file", "imread", "imdecode", "YAML"),
    *("fromfile", "VideoCapture", "memmap", "load_weights", "load_model", "ParseFromString", "Interpreter"),
    *("InferenceSession", "load_checkpoint", "TFRecordDataset", "TextLineDataset", "NewCheckpointReader", "from_file"),
    *("copyfile", "copy2", "copytree", "safe_load", "loadtxt", "genfromtxt", "summary_iterator", "GFile", "mmap"),
}
NO_FILES = {
    "outside.read_bytes",
    "webbrowser.open",
    "source.load",
    "folder.open",
    "self.open",
}  # calls of these names that open none
WRITTEN = ("a", "w", "wb", "x")
OWN = "written by this process or a child of it, in a folder of its own"
SYSTEM = "a file of the system or of this package"
THROUGH = "reads what the door has opened"
AFTER = "after `require_regular`"
SENT = "of bytes that a server sent, of a size that was bounded"
# Module -> what it calls, and why it may.
PLACES = {
    "artefacts/device_facts.py": ("np.fromfile", OWN),
    "artefacts/metadata.py": ("zipfile.ZipFile", "after `is_file`; the list of entries is as long as the file"),
    "artefacts/op_scan.py": ("model.ParseFromString", THROUGH),
    "artefacts/runners.py": (
        "CompiledModel.from_file np.load onnxruntime.InferenceSession os.open saved_model.load status.read_text",
        "stands alone in a process of its own; the artefact was compared with its hash, or trusted, before",
    ),
    "commands/select.py": ("shutil.copyfile", "a checkpoint that was loaded, when it has its hash"),
    "config/source_code.py": ("path.read_text", SYSTEM),
    "config/stored.py": ("json.loads", "of a text that it made itself"),
    "core/apart.py": ("answered.read_bytes asked.read_bytes pickle.loads", OWN),
    "core/console.py": ("os.open", "the null device, to write"),
    "core/files.py": ("os.open", "flushes what was written"),
    "core/locks.py": ("lock.read_text", "after `open_own` opened it"),
    "core/memory.py": ("GROUPS.read_text STATUS.read_text file.read_text", SYSTEM),
    "core/runtime.py": ("flags.read_text", SYSTEM),
    "data/cache/label_pixels.py": ("Image.open", THROUGH),
    "data/cache/prepare.py": ("file.read_bytes", SYSTEM),
    "data/cache/workers.py": ("pickle.loads", "the pipe of a child of this process"),
    "data/decoding.py": ("io.read_file", "in the graph: files that were read and checked when they were prepared"),
    "data/formats/images.py": ("Image.open image.load", THROUGH),
    "data/formats/labels.py": ("cv2.imdecode", THROUGH),
    "data/prepared.py": ("Image.open", THROUGH),
    "evaluation/open_classes.py": ("Image.open", THROUGH),
    "export/parity.py": ("np.load", OWN),
    "export/serving_folder.py": ("shutil.copy2 shutil.copytree", OWN),
    "predict/ids.py": ("Image.open", THROUGH),
    "predict/pictures.py": ("Image.open", THROUGH),
    "predict/server/model.py": ("Image.open", SENT),
    "predict/server/rest.py": ("json.loads", SENT),
    "predict/table.py": ("path.open", "opens to write"),
    "predict/video/camera.py": ("cv2.VideoCapture", "a camera is a device"),
    "predict/video/container.py": ("av.open", AFTER),
    "report/extras.py": ("Image.open", THROUGH),
    "report/sections/kept_images.py": ("Image.open", THROUGH),
    "runs/provenance.py": ("information.read_text", SYSTEM),
    "segmenters/weights/file.py": ("h5py.File", AFTER),
    "segmenters/weights/record.py": ("json.loads", "of a text that it made itself"),
    "segmenters/weights/safetensors_files.py": ("json.loads np.fromfile", AFTER),
    "segmenters/weights/torch_files.py": (".load np.fromfile path.open zipfile.ZipFile", AFTER),
    "training/pseudo_labelling.py": ("Image.open", THROUGH),
    "training/state.py": ("train.load_checkpoint", "a generation, when every file has its hash"),
    "weak_labels/annotator/server.py": (".read_bytes", SYSTEM),
    "weak_labels/join.py": ("Image.open", THROUGH),
    "world/lens.py": ("cv2.imdecode", "of bytes that it made itself"),
}


def openers(text: str) -> Iterator[str]:
    """What a module calls that opens, or parses, a file to read it."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or _writes(node):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in NAMES:
            yield node.func.id
        elif isinstance(node.func, ast.Attribute) and node.func.attr in ATTRIBUTES:
            holder = ast.unparse(node.func.value).rpartition(".")[2]
            yield f"{holder}.{node.func.attr}" if holder.isidentifier() else f".{node.func.attr}"


def _writes(call: ast.Call) -> bool:
    """Whether a mode of writing is among the first arguments: `path.open("a")`, `open(path, "wb")`."""
    modes = [argument.value for argument in call.args[:2] if isinstance(argument, ast.Constant)]
    return any(mode in WRITTEN for mode in modes)


def found(package: Path = PACKAGE) -> dict[str, str]:
    """Module -> what it calls, in alphabetical order."""
    modules = {path.relative_to(package).as_posix(): path for path in sorted(package.rglob("*.py"))}
    calls = {name: sorted({*openers(path.read_text())} - NO_FILES) for name, path in modules.items()}
    return {name: " ".join(what) for name, what in calls.items() if what and name not in DOOR}


def test_every_place_that_opens_a_file_is_the_door_or_listed():
    listed = {name: what for name, (what, _) in PLACES.items()}
    here = {name: what for name, what in found().items() if listed.get(name) != what}
    assert here == {}, "open it through core/outside.py, or say in PLACES why it needs no door"
    assert set(listed) <= {*found()}, "these open nothing any more"


def test_every_form_of_opening_is_seen(tmp_path):
    package = tmp_path / "package"
    (package / "core").mkdir(parents=True)
    for number, text in enumerate(
        ("open(p)", "open(p, 'rb')", "p.open()", "p.open('rb')", "p.read_text()", "(a / b).read_bytes()", "np.load(p)")
        + ("h5py.File(p, 'r')", "Image.open(p)", "json.load(f)", "tf.io.read_file(p)", "zipfile.ZipFile(p)")
        + ("shutil.copyfile(p, q)", "CompiledModel.from_file(p)")
    ):
        (package / f"m{number}.py").write_text(f"def f(p):\n    return [{text}]\n")
    (package / "writes.py").write_text("open(p, 'w')\np.open('a')\nread_bytes(p, 9)\nopened(p)\n")
    (package / "core" / "outside.py").write_text("os.open(p, 0)\n")
    assert len(found(package)) == 14 and "writes.py" not in found(package)
