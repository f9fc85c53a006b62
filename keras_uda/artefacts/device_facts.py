"""What the developer of an app must know of a `.tflite` file, read from the file itself. No TensorFlow here."""

from pathlib import Path

import numpy as np
from ai_edge_litert import schema_py_generated as schema

RUNTIME = b"min_runtime_version"
# The ops that the GPU delegate of LiteRT takes, out of those that a segmenter here may have. Source: the list of cases
# in github.com/google-ai-edge/LiteRT, tflite/tools/versioning/gpu_compatibility.cc, August 2026.
GPU_OPS = frozenset(
    """
    ADD AVERAGE_POOL_2D BATCH_MATMUL CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE DIV ELU
    EQUAL EXP FLOOR FLOOR_DIV FLOOR_MOD FULLY_CONNECTED GATHER GELU GREATER GREATER_EQUAL HARD_SWISH LEAKY_RELU
    LESS LESS_EQUAL LOG LOGICAL_AND LOGICAL_NOT LOGICAL_OR LOGISTIC MAXIMUM MAX_POOL_2D MEAN MINIMUM MIRROR_PAD MUL
    NEG NOT_EQUAL PACK PAD PADV2 POW PRELU QUANTIZE REDUCE_MAX REDUCE_MIN REDUCE_PROD RELU RELU6 RELU_N1_TO_1
    RESHAPE RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR ROUND RSQRT SELECT SELECT_V2 SIGN SLICE SOFTMAX SPACE_TO_DEPTH
    SPLIT SPLIT_V SQRT SQUARE SQUARED_DIFFERENCE STRIDED_SLICE SUB SUM TANH TILE TRANSPOSE TRANSPOSE_CONV
    """.split()
)
GPU_CASTS = ({"FLOAT32", "INT32"}, {"FLOAT32", "BOOL"}, {"FLOAT16", "BOOL"}, {"FLOAT32"}, {"INT32"})


def device_facts(file: Path) -> dict:
    """The facts of a `.tflite` file, for `export.json`.

    Returns:
        `min_runtime_version`: oldest runtime that loads it, as its converter wrote it, or None; `signature`: inputs and
        outputs with `dtype`, `shape` and `quantization` (`scale`, `zero_point`, or None); `gpu_leaves_to_cpu`: ops that
        the GPU delegate does not take, with their types where those are the reason.
    """
    content = np.fromfile(file, np.uint8)
    model = schema.Model.GetRootAs(content, 0)
    return {
        "min_runtime_version": _runtime(model),
        "signature": _signature(model),
        "gpu_leaves_to_cpu": sorted(set(_foreign_to_gpu(model))),
    }


def _runtime(model: schema.Model) -> str | None:
    entries = (model.Metadata(index) for index in range(model.MetadataLength()))
    found = next((entry for entry in entries if entry.Name() == RUNTIME), None)
    return None if found is None else bytes(model.Buffers(found.Buffer()).DataAsNumpy()).rstrip(b"\0").decode()


def _signature(model: schema.Model) -> dict[str, dict]:
    graph, signature = model.Subgraphs(0), model.SignatureDefs(0)
    inputs = [signature.Inputs(index) for index in range(signature.InputsLength())]
    outputs = [signature.Outputs(index) for index in range(signature.OutputsLength())]
    return {
        kind: {one.Name().decode(): _tensor(graph.Tensors(one.TensorIndex())) for one in entries}
        for kind, entries in (("inputs", inputs), ("outputs", outputs))
    }


def _tensor(tensor: schema.Tensor) -> dict:
    units, quantization = tensor.Quantization(), None
    if units is not None and units.ScaleLength() == 1:
        quantization = {"scale": float(units.Scale(0)), "zero_point": int(units.ZeroPoint(0))}
    shape = [int(size) for size in tensor.ShapeAsNumpy()]
    return {"dtype": _TYPES[tensor.Type()].lower(), "shape": shape, "quantization": quantization}


def _foreign_to_gpu(model: schema.Model) -> list[str]:
    graph = model.Subgraphs(0)
    codes = [model.OperatorCodes(index) for index in range(model.OperatorCodesLength())]
    found = []
    for index in range(graph.OperatorsLength()):
        op = graph.Operators(index)
        code = codes[op.OpcodeIndex()]
        name = _OPS[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        if name == "CAST":
            kinds = [_TYPES[graph.Tensors(place).Type()] for place in (op.Inputs(0), op.Outputs(0))]
            found += [] if set(kinds) in GPU_CASTS else [f"CAST {kinds[0].lower()} to {kinds[1].lower()}"]
        elif name not in GPU_OPS:
            found.append(name)
    return found


_OPS = {code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}
_TYPES = {code: name for name, code in vars(schema.TensorType).items() if isinstance(code, int)}
