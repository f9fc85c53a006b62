"""Programs that reach files, network or Python are seen without being run."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.artefacts.op_scan import risky_ops
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


def test_ops_inside_a_branch_are_seen(tmp_path):
    def hidden(path):
        return {"content": tf.cond(path == "", lambda: path, lambda: tf.io.read_file(path))}

    assert risky_ops(saved(tmp_path / "a", hidden)) == ["ReadFile (files)"]


def test_a_damaged_graph_is_named(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"garbage")
    with pytest.raises(ArtefactError, match="saved_model.pb: damaged"):
        risky_ops(tmp_path)
