"""What a SavedModel could do besides arithmetic: ops that reach files, the network or Python. Reading runs nothing."""

from pathlib import Path

from google.protobuf.message import DecodeError
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from keras_uda.core.errors import ArtefactError
from keras_uda.core.outside import MEGABYTE
from keras_uda.core.outside import read_bytes

LARGEST_GRAPH = 2000 * MEGABYTE  # of a message of this kind
REACHES = {
    "files": ("ReadFile", "WriteFile", "MatchingFiles", "TextLineReader", "FixedLengthRecord", "TFRecord", "Dataset"),
    "Python": ("PyFunc", "EagerPyFunc", "PyFuncStateless"),
    "network": ("Rpc", "DebugIdentity", "DebugNumericSummary", "Send", "Recv"),
    "other programs": ("TPUPartitionedCall", "XlaLaunch", "CustomCall"),
}
# Data sets of what is in memory: `encoded` decodes a request file by file with them.
IN_MEMORY = {"TensorDataset", "MapDataset", "IgnoreErrorsDataset", "ConcatenateDataset", "TakeDataset"}
IN_MEMORY |= {"DatasetToSingleElement"}


def risky_ops(folder: Path) -> list[str]:
    """Ops of the main graph and of the function library that reach out, as `WriteFile (files)`.

    An empty list is no proof of innocence: TensorFlow says that a list of ops is not a sandbox.

    Raises:
        ArtefactError: `saved_model.pb` is damaged.
    """
    path = Path(folder) / "saved_model.pb"
    model = SavedModel()
    try:
        model.ParseFromString(read_bytes(path, LARGEST_GRAPH, error=ArtefactError, remedy="Export again"))
    except DecodeError as error:
        raise ArtefactError(path, "damaged, not a saved_model.pb", "Export again") from error
    names = set()
    for graph in (meta.graph_def for meta in model.meta_graphs):
        names |= {node.op for node in graph.node}
        names |= {node.op for function in graph.library.function for node in function.node_def}
    names -= IN_MEMORY
    found = ((name, kind) for kind, marks in REACHES.items() for name in names if any(mark in name for mark in marks))
    return sorted(f"{name} ({kind})" for name, kind in found)
