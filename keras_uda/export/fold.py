"""What depends on weights alone is computed once: batch norm goes into the convolutions, a fifth of the time on a CPU.

The folded weights are variables of the new graph again. As constants TensorFlow would hold about twenty copies of them
in every process that loads the SavedModel.
"""

import tensorflow as tf

# Not public, but what every LiteRT conversion runs.
from tensorflow.lite.python.util import run_graph_optimizations
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2_as_graph

from keras_uda.export.graph import Graph

LARGE = 4096  # bytes; smaller ones (shapes, biases) stay constants, which TensorFlow fuses with the ops around them


def fold(graph: Graph) -> Graph:
    """The same function with folded weights.

    Args:
        graph: traced from a segmenter.
    """
    frozen, content = convert_variables_to_constants_v2_as_graph(graph.outputs.get_concrete_function())
    config = tf.compat.v1.ConfigProto()
    config.graph_options.rewrite_options.optimizers.append("constfold")
    content = run_graph_optimizations(content, frozen.inputs, frozen.outputs, config, frozen.graph)
    weights = hoisted(content)
    names = [tensor.name for tensor in frozen.outputs]
    keys = sorted(graph.outputs.get_concrete_function().structured_outputs)  # as TensorFlow flattens a dict

    @tf.function(input_signature=[graph.spec])
    def outputs(image):
        given = {f"{name}:0": weight.read_value() for name, weight in weights.items()} | {frozen.inputs[0].name: image}
        found = tf.graph_util.import_graph_def(content, input_map=given, return_elements=names, name="")
        return dict(zip(keys, found, strict=True))

    return graph._replace(outputs=outputs, weights=tuple(weights.values()))


def hoisted(content: tf.compat.v1.GraphDef) -> dict[str, tf.Variable]:
    """Takes the large constants out of a graph; a zero that nothing reads stays. Name of the node -> its value."""
    weights = {}
    for node in content.node:
        if node.op == "Const" and node.attr["value"].ByteSize() > LARGE:
            value = tf.make_ndarray(node.attr["value"].tensor)
            weights[node.name] = tf.Variable(value, trainable=False, name=f"weight_{len(weights)}")
            node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(0, value.dtype))
    return weights
