"""What a SavedModel could do besides arithmetic: ops that reach files, the network or Python. Reading runs nothing."""

import re
from collections.abc import Iterator
from pathlib import Path

from google.protobuf.message import DecodeError
from tensorflow.core.framework.node_def_pb2 import NodeDef
from tensorflow.core.protobuf.meta_graph_pb2 import MetaGraphDef
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel
from tensorflow.python.framework import op_def_registry

from keras_uda.core.errors import ArtefactError
from keras_uda.core.outside import read_bytes

LONGEST_NAME = 60
LARGEST_GRAPH = 500_000_000  # bytes; weights are in files beside it
# Parts of names of ops.
REACHES = {
    "files": r"File|Dataset|Reader|SummaryWriter|^Write\w*Summary|^Save|^Restore|Checkpoint|^Print",
    "Python": r"PyFunc",
    "network": r"Rpc|^Debug|Send|Recv|^Collective|Nccl|RemoteCall|DistributedTPU|WorkerHeartbeat",
    "other programs": r"TPUPartitionedCall|Xla(Launch|Run|HostCompute)|CustomCall",
}
# Names of inputs and attributes: an op that takes one of these reaches there, whatever it is called.
TAKES = {
    "files": set(
        """
        filename filenames file_name file_pattern path output_file_path log_dir_path logdir directory shard_dir
        chunk_file snapshot_path prefix checkpoint_prefixes ckpt_path memory_region_name descriptor_source vocab_file
        new_vocab_file old_vocab_file db_uri data_source_name output_stream
        """.split()
    ),
    "network": {"address", "server_address", "server", "debug_urls"},
}
UNKNOWN = "unknown to TensorFlow"
# Data sets of what is in memory: `encoded` decodes a request file by file with them.
IN_MEMORY = {"TensorDataset", "MapDataset", "IgnoreErrorsDataset", "ConcatenateDataset", "TakeDataset"}
IN_MEMORY |= {"DatasetToSingleElement"}
NAMES = {"ShardedFilename", "ShardedFilespec"}  # make the name of a file, and touch none
# What every SavedModel has in the two functions that write and read its variables.
OF_VARIABLES = {"SaveV2", "RestoreV2", "MergeV2Checkpoints"}


def risky_ops(folder: Path) -> list[str]:
    """Ops of the main graph and of the function library that reach out, as `WriteFile (files)`.

    An empty list is no proof of innocence: TensorFlow says that a list of ops is not a sandbox.

    Raises:
        ArtefactError: `saved_model.pb` is no regular file, too large or damaged.
    """
    path = Path(folder) / "saved_model.pb"
    model = SavedModel()
    content = read_bytes(path, LARGEST_GRAPH, error=ArtefactError, remedy="Export again")
    try:
        model.ParseFromString(content)
    except DecodeError as error:
        raise ArtefactError(path, "damaged, not a saved_model.pb", "Export again") from error
    names = {name for meta in model.meta_graphs for name in _ops(meta)} - IN_MEMORY - NAMES
    kinds = ((name, kind_of(name)) for name in names)
    return sorted(f"{name[:LONGEST_NAME]} ({kind})" for name, kind in kinds if kind)


def kind_of(op: str) -> str | None:
    """What an op reaches; None: nothing but numbers."""
    found = next((kind for kind, parts in REACHES.items() if re.search(parts, op)), None)
    if found:
        return found
    definition = op_def_registry.get(op)
    if definition is None:
        return UNKNOWN
    taken = {one.name for part in (definition.input_arg, definition.attr) for one in part}
    return next((kind for kind, names in TAKES.items() if names & taken), None)


def _ops(meta: MetaGraphDef) -> Iterator[str]:
    """Names of all ops, but for those that the functions of the variables have and nobody else calls."""
    functions = {one.signature.name: one.node_def for one in meta.graph_def.library.function}
    savers = {meta.saver_def.save_tensor_name.partition(":")[0], meta.saver_def.restore_op_name.partition(":")[0]}
    of_savers, of_others = set(), set()
    for node in meta.graph_def.node:
        (of_savers if node.name in savers else of_others).update(_called(node))
    for name, nodes in functions.items():
        for node in nodes if name not in of_savers else ():
            of_others.update(_called(node))
    yield from (node.op for node in meta.graph_def.node)
    for name, nodes in functions.items():
        expected = OF_VARIABLES if name in of_savers - of_others else set()
        yield from (node.op for node in nodes if node.op not in expected)


def _called(node: NodeDef) -> set[str]:
    """Names of the functions that a node names."""
    values = node.attr.values()
    return {value.func.name for value in values} | {one.name for value in values for one in value.list.func}
