"""ONNX files out of a traced graph, by tf2onnx (extra `onnx`): standard operators only, description inside."""

import json
import logging

import numpy as np

from keras_uda.core.errors import ArtefactError
from keras_uda.core.runtime import quiet
from keras_uda.export.graph import INPUT
from keras_uda.export.graph import Graph
from keras_uda.export.graph import fixed_size_function

OPSET = 18
STANDARD = ("", "ai.onnx")


def convert(graph: Graph, description: dict) -> bytes:
    """The content of an `.onnx` file: image uint8 (batch, height, width, 3) -> label_map, confidence, uint8.

    Args:
        graph: with a free or a fixed batch.
        description: what travels inside, as `metadata` in JSON; `labels` are the names of the classes, one a line.
    Raises:
        ArtefactError: the graph needs an operator that ONNX has not; names operator and layer.
    """
    import onnx
    import tf2onnx

    function = fixed_size_function(graph)
    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)
    try:
        with quiet():
            options = {"opset": OPSET, "custom_op_handlers": {"Erfc": (_one_minus_erf, [])}}
            model, _ = tf2onnx.convert.from_function(function, input_signature=function.input_signature, **options)
    except Exception as error:  # tf2onnx raises ValueError, KeyError, RuntimeError, and its own
        raise _refusal(" ".join(str(error).split())[:120]) from error
    strange = [f"{node.op_type} of layer {_layer(node.name)}" for node in model.graph.node if _is_strange(node)]
    if strange:
        raise _refusal(f"not a standard operator: {', '.join(dict.fromkeys(strange))}")
    assert [entry.name for entry in model.graph.input] == [INPUT]
    labels = "".join(f"{name}\n" for name in description["classes"])
    onnx.helper.set_model_props(model, {"metadata": json.dumps(description, ensure_ascii=False), "labels": labels})
    return model.SerializeToString()


def _one_minus_erf(graph, node, name: str, _) -> None:
    """TensorFlow's exact GELU has erfc, ONNX has erf alone: erfc(x) = 1 - erf(x)."""
    outputs, shape, dtype = node.output, graph.get_shape(node.output[0]), graph.get_dtype(node.output[0])
    graph.remove_node(node.name)
    one = graph.make_const(f"{name}/one", np.array(1.0, "float32"))
    erf = graph.make_node("Erf", node.input, name=f"{name}/erf", shapes=[shape], dtypes=[dtype])
    inputs = [one.output[0], erf.output[0]]
    graph.make_node("Sub", inputs, outputs=outputs, name=name, shapes=[shape], dtypes=[dtype])


def _is_strange(node) -> bool:
    import onnx

    return node.domain not in STANDARD or not onnx.defs.has(node.op_type, node.domain)


def _layer(name: str) -> str:
    """`functional_1/odd_layer_1/Betainc` -> `odd_layer_1`."""
    parts = name.split("/")
    return parts[-2] if len(parts) > 1 else name


def _refusal(reason: str) -> ArtefactError:
    return ArtefactError("ONNX", reason, "Replace the layer, or leave onnx out of --formats")
