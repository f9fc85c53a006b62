"""Programs that reach files, network or Python are seen without being run."""

import re

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework import op_def_pb2
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel
from tensorflow.python.client import pywrap_tf_session

from keras_uda.artefacts.op_scan import kind_of
from keras_uda.artefacts.op_scan import risky_ops
from keras_uda.artefacts.open_model import open_model
from keras_uda.core.errors import ArtefactError
from tests.toy_export import toy_exports


def saved(folder, function):
    module = tf.Module()
    module.serve = tf.function(function, input_signature=[tf.TensorSpec((), "string")])
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.serve})
    return folder


def test_ours_reaches_nothing():
    assert risky_ops(toy_exports() / "saved_model" / "1") == []


def test_files_and_python_are_named(tmp_path):
    def reads(path):
        return {"content": tf.io.read_file(path)}

    def calls(path):
        return {"size": tf.numpy_function(lambda value: np.int64(len(value)), [path], tf.int64)}

    assert risky_ops(saved(tmp_path / "a", reads)) == ["ReadFile (files)"]
    assert any("(Python)" in op for op in risky_ops(saved(tmp_path / "b", calls)))


KINDS = {  # W6: one op of every way out
    "PrintV2 (files)": lambda x: tf.raw_ops.PrintV2(input=x, output_stream="file://a"),
    "ImmutableConst (files)": lambda x: tf.raw_ops.ImmutableConst(dtype="float32", shape=[1], memory_region_name="a"),
    "CreateSummaryFileWriter (files)": lambda x: tf.raw_ops.CreateSummaryFileWriter(
        writer=tf.raw_ops.SummaryWriter(), logdir=x, max_queue=1, flush_millis=1, filename_suffix=x
    ),
    "SaveV2 (files)": lambda x: tf.raw_ops.SaveV2(prefix=x, tensor_names=[x], shape_and_slices=[""], tensors=[x]),
    "RestoreV2 (files)": lambda x: tf.raw_ops.RestoreV2(
        prefix=x, tensor_names=[x], shape_and_slices=[""], dtypes=["float32"]
    ),
    "MergeV2Checkpoints (files)": lambda x: tf.raw_ops.MergeV2Checkpoints(
        checkpoint_prefixes=[x], destination_prefix=x
    ),
    "WholeFileReaderV2 (files)": lambda x: tf.raw_ops.WholeFileReaderV2(),
    "MatchingFiles (files)": lambda x: tf.io.matching_files(x),
    "TFRecordDataset (files)": lambda x: tf.raw_ops.TFRecordDataset(filenames=x, compression_type="", buffer_size=1),
    "DecodeProtoV2 (files)": lambda x: tf.raw_ops.DecodeProtoV2(
        bytes=x, message_type="a", field_names=[], output_types=[], descriptor_source="/a"
    ),
    "DebugIdentity (network)": lambda x: tf.raw_ops.DebugIdentity(input=x, debug_urls=["grpc://a"]),
}


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """A SavedModel that holds them all."""

    def function(text):
        for make in KINDS.values():
            make(text)
        return {"x": text}

    return saved(tmp_path_factory.mktemp("all") / "model", function)


def test_every_way_out_is_named(everything):
    assert set(KINDS) <= set(risky_ops(everything))


def test_a_refusal_names_them_all(everything, capsys):
    """W6: four in its line, which is short, and all in a line before it."""
    with pytest.raises(ArtefactError) as error:
        open_model(everything)
    names, line = risky_ops(everything), str(error.value)
    assert sum(name in line for name in names) == 4 and f" and {len(names) - 4} more, listed above" in line
    assert "--trust-model" in line
    listed = capsys.readouterr().err
    assert all(name in listed for name in KINDS)


def test_only_the_functions_of_the_variables_may_save_and_restore(tmp_path):
    class Counter(tf.Module):
        def __init__(self):
            self.variable = tf.Variable(tf.zeros(3))

        @tf.function(input_signature=[tf.TensorSpec((3,), name="x")])
        def serve(self, x):
            return {"y": x + self.variable}

    counter = Counter()
    tf.saved_model.save(counter, str(tmp_path), signatures=counter.serve)
    assert risky_ops(tmp_path) == []
    model = SavedModel()
    model.ParseFromString((tmp_path / "saved_model.pb").read_bytes())
    graph, saver = model.meta_graphs[0].graph_def, model.meta_graphs[0].saver_def.restore_op_name
    called = next(node for node in graph.node if node.name == saver)
    graph.node.add(name="mine", op="StatefulPartitionedCall").attr["f"].CopyFrom(called.attr["f"])
    (tmp_path / "saved_model.pb").write_bytes(model.SerializeToString())
    assert "RestoreV2 (files)" in risky_ops(tmp_path)


def test_an_op_of_nobody_is_named(tmp_path):
    model = SavedModel()
    model.meta_graphs.add().graph_def.node.add(name="a", op="MineAllCoins")
    (tmp_path / "saved_model.pb").write_bytes(model.SerializeToString())
    assert risky_ops(tmp_path) == ["MineAllCoins (unknown to TensorFlow)"]


# A word in the name of an argument, and ops that have it for something else.
WORDS = re.compile(r"file|path|(^|_)dir($|_)|directory|(^|_)address|(^|_)urls?($|_)|uri$")
HARMLESS = {"CTCBeamSearchDecoder", "ShardedFilename", "ShardedFilespec"}


def test_every_op_of_tensorflow_that_takes_a_place_is_named():
    buffer = pywrap_tf_session.TF_GetAllOpList()
    ops = op_def_pb2.OpList.FromString(bytes(pywrap_tf_session.TF_GetBuffer(buffer))).op
    taking = {op.name for op in ops if any(WORDS.search(one.name) for part in (op.input_arg, op.attr) for one in part)}
    assert len(taking) > 40
    assert {name for name in taking if kind_of(name) is None} == HARMLESS & taking


def test_ops_inside_a_branch_are_seen(tmp_path):
    def hidden(path):
        return {"content": tf.cond(path == "", lambda: path, lambda: tf.io.read_file(path))}

    assert risky_ops(saved(tmp_path / "a", hidden)) == ["ReadFile (files)"]


def test_a_damaged_graph_is_named(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"garbage")
    with pytest.raises(ArtefactError, match="saved_model.pb: damaged"):
        risky_ops(tmp_path)
