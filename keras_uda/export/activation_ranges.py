"""The true range of every activation, in the file that the converter quantises from.

The converter's own calibration reads activations after the whole network has run, when an addition has already written
its sum over the memory of a summand. The branch of a residual block is then taken to reach as far as the sum: in
DeepLab-v2 fifteen times too far, and most of its 8 bits stay unused.
"""

import warnings

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from keras_uda.core import apart
from keras_uda.core.console import quiet


def measure(model: bytes, frames: np.ndarray) -> dict[int, tuple[float, float]]:
    """Index of every float activation -> its smallest and largest value over the frames.

    Args:
        model: content of a float32 `.tflite` file with one subgraph.
        frames: uint8 (n, height, width, 3).
    """
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that all activations are kept: they are what is wanted
        interpreter = Interpreter(model_content=model, experimental_preserve_all_tensors=True)
        interpreter.allocate_tensors()
    place, dtype = (interpreter.get_input_details()[0][key] for key in ("index", "dtype"))
    wanted = [index for index in recorded(model) if index != place]
    ranges = {}
    for frame in frames:
        interpreter.set_tensor(place, frame[None].astype(dtype))
        interpreter.invoke()
        for index in wanted:
            values = interpreter.get_tensor(index)
            low, high = ranges.get(index, (np.inf, -np.inf))
            ranges[index] = min(low, float(values.min())), max(high, float(values.max()))
    return ranges


def with_true_ranges(model: bytes, frames: np.ndarray, image: tuple[float, float] | None = None) -> bytes:
    """A calibrated file whose recorded ranges are those that the activations have on the frames.

    Args:
        model: content of a float32 `.tflite` file as the converter calibrates it.
        frames: uint8 (n, height, width, 3).
        image: range of the input, where that is float and to be quantised.
    """
    content = bytearray(model)
    places = recorded(content)
    given = {} if image is None else {schema.Model.GetRootAs(content, 0).Subgraphs(0).Inputs(0): image}
    for index, (low, high) in (apart.call(measure, model, frames) | given).items():
        lowest, highest = places[index]  # views into the file
        lowest[0], highest[0] = low, high
    return bytes(content)


def recorded(content: bytes | bytearray) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Index of every tensor that was calibrated -> its recorded minimum and maximum, float32 (1,)."""
    graph = schema.Model.GetRootAs(content, 0).Subgraphs(0)
    found = {}
    for index in range(graph.TensorsLength()):
        quantization = graph.Tensors(index).Quantization()
        if quantization is not None and quantization.MinLength() == 1 and quantization.MaxLength() == 1:
            found[index] = quantization.MinAsNumpy(), quantization.MaxAsNumpy()
    return found
