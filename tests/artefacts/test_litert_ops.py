"""The ops of a `.tflite` file."""

from keras_uda.artefacts.litert_ops import litert_ops
from tests.toy_export import toy_exports


def test_ops_are_listed_in_their_order_with_their_layer():
    ops = litert_ops((toy_exports() / "model.tflite").read_bytes())
    kinds = [kind for kind, _ in ops]
    assert kinds.count("CONV_2D") == 5 and kinds.index("CONV_2D") < kinds.index("RESIZE_BILINEAR")
    assert any("last_conv" in name for kind, name in ops if kind == "CONV_2D")
