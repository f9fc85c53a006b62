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
SIGNATURE = "serving_default"

# label maps uint8 (n, height, width), and confidences of the same shape; None: the artefact gives none.
Maps = tuple[np.ndarray, np.ndarray | None]


def maps_of(answer: dict[str, np.ndarray], size: tuple[int, int], units: dict[str, tuple] | None = None) -> Maps:
    """Label maps and confidences of whatever an artefact gives.

    Args:
        answer: `label_map` and perhaps `confidence`, uint8 (n, height, width); or `logits` (n, h, w, classes).
        size: (height, width) of the frames.
        units: output -> (scale, zero point), of outputs in 8 bits.
    """
    if "label_map" in answer:
        return answer["label_map"], answer.get("confidence")
    scale, zero = (units or {}).get("logits", (1.0, 0))
    return maps_of_logits(np.float32(scale) * (answer["logits"].astype("float32") - zero), size)


def maps_of_logits(logits: np.ndarray, size: tuple[int, int]) -> Maps:
    """What the graph does behind its logits in other forms: upsampling with aligned corners, argmax, confidence.

    Args:
        logits: float32 (n, h, w, classes).
        size: (height, width) of the frames.
    """
    rows, columns = (aligned(*pair) for pair in zip(logits.shape[1:3], size, strict=True))
    count, _, width, classes = logits.shape
    high = (rows @ logits.reshape(count, -1, width * classes)).reshape(count, size[0], width, classes)
    upsampled = columns @ high
    exponentials = np.exp(upsampled - upsampled.max(-1, keepdims=True))
    return upsampled.argmax(-1).astype("uint8"), np.round(255 / exponentials.sum(-1)).astype("uint8")


def aligned(before: int, after: int) -> np.ndarray:
    """float32 (after, before): weights of bilinear resizing whose corners are aligned, i -> i (h - 1) / (H - 1)."""
    places = np.arange(after) * (before - 1) / max(1, after - 1)
    return np.maximum(0, 1 - np.abs(places[:, None] - np.arange(before))).astype("float32")


def joined(parts: list[Maps]) -> Maps:
    """Maps of all frames, out of those of batches."""
    label_maps, confidences = zip(*parts, strict=True)
    return np.concatenate(label_maps), None if confidences[0] is None else np.concatenate(confidences)


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
            self.interpreter.allocate_tensors()  # the delegate greets here
            self.run = self.interpreter.get_signature_runner(SIGNATURE)
        outputs = self.run.get_output_details()
        self.units = {name: one["quantization"] for name, one in outputs.items() if one["quantization"][0]}

    def __call__(self, images: np.ndarray) -> Maps:
        """uint8 (n, height, width, 3) -> label maps and confidences."""
        return joined([maps_of(self.answer(image[None]), image.shape[:2], self.units) for image in images])

    def answer(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """The outputs of one frame, uint8 (1, height, width, 3), as the file gives them."""
        return self.run(image=images)

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


class Compiled:
    """A `.tflite` file in the `CompiledModel` of LiteRT, which takes the place of the interpreter on phones.

    Args:
        path: the file.
    """

    def __init__(self, path: Path | str):
        from ai_edge_litert.compiled_model import CompiledModel

        with _no_greeting():
            self.model = CompiledModel.from_file(str(path))
        self.image = self.model.create_input_buffer_by_name(SIGNATURE, "image")
        self.details = self.model.get_output_tensor_details(SIGNATURE)
        self.outputs = {name: self.model.create_output_buffer_by_name(SIGNATURE, name) for name in self.details}

    def answer(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """The outputs of one frame, uint8 (1, height, width, 3), as the file gives them."""
        self.image.write(np.ascontiguousarray(images))
        self.model.run_by_name(SIGNATURE, {"image": self.image}, self.outputs)
        return {name: self._read(name, one["shape"], np.dtype(one["dtype"])) for name, one in self.details.items()}

    def _read(self, name: str, shape: list[int], dtype: np.dtype) -> np.ndarray:
        return self.outputs[name].read(int(np.prod(shape)), dtype.type).reshape(shape)


def compiled_agreement(path: str, images: np.ndarray, label_maps: np.ndarray, units: dict) -> float:
    """Share of the pixels that `CompiledModel` labels as the interpreter does; NaN where LiteRT has none.

    Args:
        path: of a `.tflite` file.
        images: uint8 (n, height, width, 3).
        label_maps: of the interpreter, uint8 (n, height, width).
        units: of `LiteRT`.
    """
    try:
        compiled = Compiled(path)
    except ImportError:
        return float("nan")
    answers = (maps_of(compiled.answer(image[None]), image.shape[:2], units)[0] for image in images)
    return float(np.mean([np.mean(one[0] == known) for one, known in zip(answers, label_maps, strict=True)]))


class SavedModel:
    """A SavedModel folder in plain TensorFlow.

    Args:
        path: the folder that holds `saved_model.pb`. Loading a SavedModel runs it: it is a program.
    """

    pixels = 4 * 320 * 160  # of a batch; larger ones take memory, and no less time

    def __init__(self, path: Path | str):
        import tensorflow as tf

        self._constant = tf.constant
        self._loaded = tf.saved_model.load(str(path))
        self.run = self._loaded.signatures[SIGNATURE]

    def __call__(self, images: np.ndarray) -> Maps:
        """uint8 (n, height, width, 3) -> label maps and confidences."""
        batch = max(1, self.pixels // (images.shape[1] * images.shape[2]))
        answers = (self.answer(images[start : start + batch]) for start in range(0, len(images), batch))
        return joined([maps_of(answer, images.shape[1:3]) for answer in answers])

    def answer(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """The outputs of frames, uint8 (n, height, width, 3)."""
        return {name: value.numpy() for name, value in self.run(image=self._constant(images)).items()}

    def of_larger(self, images: np.ndarray) -> list[np.ndarray]:
        """Label maps of frames of any size, by every signature that takes them: `encoded` (at the size of the network),
        and `serving_default` where its size is free (at that of the frames; none where it gives logits)."""
        import tensorflow as tf

        pictures = [tf.io.encode_png(image).numpy() for image in images]
        answer = self._loaded.signatures["encoded"](image_bytes=self._constant(pictures))
        found = [np.stack([tf.io.decode_png(png)[..., 0].numpy() for png in answer["label_png_bytes"].numpy()])]
        if self.signature()["image"][2] is None and "label_map" in self.signature():
            found.append(self.answer(images)["label_map"])
        return found

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
        # Else it keeps a number of this machine, and reports its use.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def __call__(self, images: np.ndarray) -> Maps:
        """uint8 (n, height, width, 3) -> label maps and confidences."""
        return joined([maps_of(self.answer(image[None]), image.shape[:2]) for image in images])

    def answer(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """The outputs of frames, uint8 (n, height, width, 3)."""
        names = [output.name for output in self.session.get_outputs()]
        return dict(zip(names, self.session.run(names, {"image": images}), strict=True))

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
        larger = archive["larger"] if "larger" in archive.files else None
    runner = open_artefact(artefact)
    label_maps, confidences = runner(images)
    known = {"label_maps": label_maps} | ({} if confidences is None else {"confidences": confidences})
    for number, maps in enumerate([] if larger is None else runner.of_larger(larger)):
        known[f"larger_{number}"] = maps
    known["milliseconds"] = median_milliseconds(runner.answer, images[:1])
    known["foreign_ops"] = np.array(runner.foreign_ops(), dtype=str)
    known["memory_mib"] = _peak_memory_mib()
    if isinstance(runner, LiteRT):
        units = runner.units
        del runner  # one copy of the weights at a time
        known["compiled"] = compiled_agreement(artefact, images, label_maps, units)
    assert not any(name.split(".")[0] == "keras_uda" for name in sys.modules), "the artefact needs keras_uda"
    np.savez(result, **known)


def _peak_memory_mib() -> float:
    status = Path("/proc/self/status")  # getrusage would count the process that started this one
    found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) / 1024 if found else float("nan")


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    main(*sys.argv[1:])
