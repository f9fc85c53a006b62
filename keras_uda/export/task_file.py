"""Logits for devices: left in 8 bits where the network ends in 8 bits, with the metadata that MediaPipe looks for.

The metadata of TensorFlow Lite tasks are a flatbuffer inside the model; the packages that write it no longer import or
bring a runtime of their own, so the few tables that an image segmenter needs are written here.
"""

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

from keras_uda.config.field_types import parse_size

LABELS = "labels.txt"  # in the zip archive at the end of the file
RGB, AXIS_LABELS, IMAGE_PROPERTIES, SOFTMAX = 1, 2, 2, 2  # codes of the schemas


def of_logits(content: bytes, description: dict) -> bytes:
    """A `.tflite` file of logits as `ImageSegmenter` of MediaPipe takes it.

    Args:
        content: the file as it was converted, with the one output `logits`.
        description: what `export.json` says about the model.
    """
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    leave_in_8_bits(model)
    buffer = schema.BufferT()
    buffer.data = segmenter_metadata(description)
    model.buffers.append(buffer)
    entry = schema.MetadataT(name="TFLITE_METADATA", buffer=len(model.buffers) - 1)
    model.metadata = [*(model.metadata or []), entry]
    builder = flatbuffers.Builder(len(content) + 100_000)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def leave_in_8_bits(model: schema.ModelT) -> None:
    """Removes the last op of a quantised graph, if all it does is to turn int8 logits into float."""
    (graph,) = model.subgraphs
    last = graph.operators[-1]
    code = model.operatorCodes[last.opcodeIndex]
    is_last = list(last.outputs) == list(graph.outputs)
    if not is_last or max(code.builtinCode, code.deprecatedBuiltinCode) != schema.BuiltinOperator.DEQUANTIZE:
        return
    before = int(last.inputs[0])
    if graph.tensors[before].type == schema.TensorType.INT8:
        graph.operators.pop()
        graph.outputs = [before]
        for output in (one for signature in model.signatureDefs for one in signature.outputs):
            output.tensorIndex = before


def segmenter_metadata(description: dict) -> bytes:
    """`ModelMetadata` of an image segmenter: an RGB image in, logits out, with names of classes, turned into
    probabilities by softmax.

    Source: mediapipe 1.2, tasks/metadata/metadata_schema.fbs and image_segmenter_metadata_schema.fbs.
    """
    build = _Builder()
    width, height = parse_size(description["size"])
    size = build.table((0, build.uint(width)), (1, build.uint(height)))
    content = build.table((0, build.byte(IMAGE_PROPERTIES)), (1, build.table((0, build.byte(RGB)), (1, size))))
    image = build.table((0, build.text("image")), (1, build.text("RGB, 0 to 255")), (3, content))
    file = build.table((0, build.text(LABELS)), (2, build.byte(AXIS_LABELS)))
    about = build.text("before softmax, at the stride of the network")
    logits = build.table((0, build.text("logits")), (1, about), (6, build.list(file)))
    options = build.table((0, build.text("SEGMENTER_METADATA")), (1, build.bytes(_segmenter_options())))
    graph = build.table((2, build.list(image)), (3, build.list(logits)), (9, build.list(options)))
    texts = [(0, description["segmenter"]["architecture"]), (5, description["licence"]), (7, "1.0.0")]
    about_model = [(slot, build.text(text)) for slot, text in texts]
    return build.finished(build.table(*about_model, (3, build.list(graph))), b"M001")


def _segmenter_options() -> bytes:
    build = _Builder()
    return build.finished(build.table((0, build.byte(SOFTMAX)), (1, build.text("1.0.0"))), b"V001")


class _Builder:
    """Tables of a flatbuffer, from the inside out; a field is its slot and what one of these methods gives."""

    def __init__(self):
        self.builder = flatbuffers.Builder(1024)

    def text(self, text: str):
        offset = self.builder.CreateString(text)
        return lambda slot: self.builder.PrependUOffsetTRelativeSlot(slot, offset, 0)

    def bytes(self, content: bytes):
        self.builder.StartVector(1, len(content), 16)
        for value in reversed(content):
            self.builder.PrependByte(value)
        offset = self.builder.EndVector()
        return lambda slot: self.builder.PrependUOffsetTRelativeSlot(slot, offset, 0)

    def byte(self, value: int):
        return lambda slot: self.builder.PrependUint8Slot(slot, value, 0)

    def uint(self, value: int):
        return lambda slot: self.builder.PrependUint32Slot(slot, value, 0)

    def table(self, *fields):
        self.builder.StartObject(1 + max(slot for slot, _ in fields))
        for slot, put in fields:
            put(slot)
        offset = self.builder.EndObject()

        def put_table(slot):
            self.builder.PrependUOffsetTRelativeSlot(slot, offset, 0)

        put_table.offset = offset
        return put_table

    def list(self, table):
        """A vector of one table."""
        self.builder.StartVector(4, 1, 4)
        self.builder.PrependUOffsetTRelative(table.offset)
        offset = self.builder.EndVector()
        return lambda slot: self.builder.PrependUOffsetTRelativeSlot(slot, offset, 0)

    def finished(self, table, identifier: bytes) -> bytes:
        self.builder.Finish(table.offset, identifier)
        return bytes(self.builder.Output())
