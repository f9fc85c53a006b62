"""Runs an exported model where nothing of this project is installed: TensorFlow, LiteRT or ONNX Runtime alone.

Imports nothing of ours, so that `python runners.py ARTEFACT FRAMES.npz RESULT.npz` in a process of its own proves that
an artefact stands alone. `predict` uses the same classes.
"""

import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

LEAST_RUNS = 12
LONGEST_SECONDS = 20


class LiteRT:
    """A `.tflite` file in the LiteRT interpreter.

    Args:
        model: the file, or its content.
        threads: of the interpreter; 0 is one per processor.
    """

    def __init__(self, model: Path | str | bytes, threads: int = 0):
        from ai_edge_litert.interpreter import Interpreter

        source = {"model_content": model} if isinstance(model, bytes) else {"model_path": str(model)}
        with _no_greeting():
            self.interpreter = Interpreter(**source, num_threads=threads or os.cpu_count() or 1)
            self.run = self.interpreter.get_signature_runner("serving_default")

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """uint8 (n, height, width, 3) -> label maps and confidences, uint8 (n, height, width)."""
        answers = [self.run(image=image[None]) for image in images]
        label_maps = np.concatenate([answer["label_map"] for answer in answers])
        return label_maps, np.concatenate([answer["confidence"] for answer in answers])

    def signature(self) -> dict[str, list]:
        """name -> [dtype, *shape] of every input and output."""
        details = {**self.run.get_input_details(), **self.run.get_output_details()}
        return {name: [np.dtype(d["dtype"]).name, *map(int, d["shape"])] for name, d in details.items()}

    def foreign_ops(self) -> list[str]:
        """Ops that a plain interpreter does not have: Flex (Select TF) and custom ones."""
        names = {str(op["op_name"]) for op in self.interpreter._get_ops_details()}
        return sorted(name for name in names if name.startswith("Flex") or not name.isupper())


@contextmanager
def _no_greeting() -> Iterator[None]:
    """The interpreter greets on stderr from C++; `core.console.quiet`, again, because this module stands alone."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


class SavedModel:
    """A SavedModel folder in plain TensorFlow.

    Args:
        path: the folder that holds `saved_model.pb`. Loading a SavedModel runs it: it is a program.
    """

    batch = 4

    def __init__(self, path: Path | str):
        import tensorflow as tf

        self._constant = tf.constant
        self._loaded = tf.saved_model.load(str(path))
        self.run = self._loaded.signatures["serving_default"]

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """uint8 (n, height, width, 3) -> label maps and confidences, uint8 (n, height, width)."""
        starts = range(0, len(images), self.batch)
        answers = [self.run(image=self._constant(images[start : start + self.batch])) for start in starts]
        label_maps = np.concatenate([answer["label_map"].numpy() for answer in answers])
        return label_maps, np.concatenate([answer["confidence"].numpy() for answer in answers])

    def signature(self) -> dict[str, list]:
        """name -> [dtype, *shape] of every input and output; None where a size is free."""
        specs = {**self.run.structured_input_signature[1], **self.run.structured_outputs}
        return {name: [spec.dtype.name, *spec.shape] for name, spec in specs.items()}

    def foreign_ops(self) -> list[str]:
        return []


class Onnx:
    """An `.onnx` file in ONNX Runtime, on the processor.

    Args:
        path: the file.
    """

    def __init__(self, path: Path | str):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """uint8 (n, height, width, 3) -> label maps and confidences, uint8 (n, height, width)."""
        answers = [self.session.run(["label_map", "confidence"], {"image": image[None]}) for image in images]
        label_maps, confidences = (np.concatenate(parts) for parts in zip(*answers, strict=True))
        return label_maps, confidences

    def signature(self) -> dict[str, list]:
        """name -> [dtype, *shape] of every input and output; None where a size is free."""
        entries = [*self.session.get_inputs(), *self.session.get_outputs()]
        sizes = lambda shape: [size if isinstance(size, int) else None for size in shape]  # noqa: E731
        return {entry.name: [entry.type[len("tensor(") : -1], *sizes(entry.shape)] for entry in entries}

    def description(self) -> str:
        """JSON inside the file, or nothing; whatever it says is not to be trusted."""
        return self.session.get_modelmeta().custom_metadata_map.get("metadata", "")

    def foreign_ops(self) -> list[str]:
        return []


def litert_ops(model: bytes) -> list[tuple[str, str]]:
    """(kind, name of the first output) of every op of a `.tflite` file, in their order."""
    from ai_edge_litert.interpreter import Interpreter

    with _no_greeting():
        interpreter = Interpreter(model_content=model)
        names = {int(detail["index"]): detail["name"] for detail in interpreter.get_tensor_details()}
        ops = interpreter._get_ops_details()
    return [(op["op_name"], names.get(int(op["outputs"][0]), "")) for op in ops if op["op_name"] != "DELEGATE"]


def open_artefact(path: Path | str) -> LiteRT | Onnx | SavedModel:
    """The runner of a `.tflite` file, an `.onnx` file or a SavedModel folder."""
    return {".tflite": LiteRT, ".onnx": Onnx}.get(Path(path).suffix, SavedModel)(path)


def median_milliseconds(run, image: np.ndarray) -> float:
    """Median time of one frame, copies in and out included, after two for warming up."""
    run(image)
    run(image)
    seconds, began = [], time.perf_counter()
    while len(seconds) < LEAST_RUNS and (len(seconds) < 3 or time.perf_counter() - began < LONGEST_SECONDS):
        start = time.perf_counter()
        run(image)
        seconds.append(time.perf_counter() - start)
    return 1000 * sorted(seconds)[len(seconds) // 2]


def main(artefact: str, frames: str, result: str) -> None:
    """Runs an artefact over the frames of an .npz file; writes its maps, time of a frame, signature and odd ops."""
    with np.load(frames, allow_pickle=False) as archive:
        images = archive["images"]
    runner = open_artefact(artefact)
    label_maps, confidences = runner(images)
    assert not any(name.split(".")[0] == "keras_uda" for name in sys.modules), "the artefact needs keras_uda"
    np.savez(
        result,
        label_maps=label_maps,
        confidences=confidences,
        milliseconds=median_milliseconds(runner, images[:1]),
        foreign_ops=np.array(runner.foreign_ops(), dtype=str),
        memory_mib=_peak_memory_mib(),
    )


def _peak_memory_mib() -> float:
    status = Path("/proc/self/status")  # getrusage would count the process that started this one
    found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) / 1024 if found else float("nan")


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    main(*sys.argv[1:])
