"""Where the time of a `.tflite` file goes: the graph is cut behind each op, and the pieces take turns.

LiteRT's profiler is part of its C++ programs alone, and a delegate runs most of a graph as one op. No TensorFlow here.
"""

import time
import warnings

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from keras_uda.artefacts.litert_ops import litert_ops
from keras_uda.core.console import quiet


def cut_behind(model: bytes, count: int) -> bytes:
    """The first ops of a `.tflite` file with one subgraph; the output is that of the last of them.

    Args:
        model: content of the file.
        count: of the ops, at least 1.
    """
    content = schema.ModelT.InitFromPackedBuf(model, 0)
    (graph,) = content.subgraphs
    graph.operators = graph.operators[:count]
    graph.outputs = [int(graph.operators[-1].outputs[0])]
    content.signatureDefs = []
    builder = flatbuffers.Builder(len(model) + 100_000)
    builder.Finish(content.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def op_times(model: bytes, image: np.ndarray, turns: int) -> list[dict]:
    """Processor time of one thread up to every op, that op included.

    What does not lead to an op is left out: a branch that is joined later counts where it is joined.

    Args:
        model: content of a `.tflite` file.
        image: uint8 (1, height, width, 3).
        turns: of all pieces.
    Returns:
        rows of `op` (`CONV_2D`), `name` (of its output) and `milliseconds` (lower quartile), in the order of the graph.
    """
    ops = litert_ops(model)
    pieces = [_piece(cut_behind(model, count), image) for count in range(1, len(ops) + 1)]
    times = np.percentile([[_milliseconds(piece) for piece in pieces] for _ in range(turns)], 25, axis=0)
    return [{"op": op, "name": name, "milliseconds": float(one)} for (op, name), one in zip(ops, times, strict=True)]


def _piece(model: bytes, image: np.ndarray) -> Interpreter:
    """An interpreter that has seen the image once."""
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        interpreter = Interpreter(model_content=model, num_threads=1)
        interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image)
    interpreter.invoke()
    return interpreter


def _milliseconds(piece: Interpreter) -> float:
    start = time.thread_time()
    piece.invoke()
    return 1000 * (time.thread_time() - start)
