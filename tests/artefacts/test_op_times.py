"""A file that is cut behind an op gives what that op gives in the whole."""

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from keras_uda.artefacts.litert_ops import litert_ops
from keras_uda.artefacts.op_times import cut_behind
from keras_uda.artefacts.op_times import op_times
from tests.toy_export import frame
from tests.toy_export import toy_exports


def last_output(model, image):
    interpreter = Interpreter(model_content=model)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image)
    interpreter.invoke()
    (output,) = interpreter.get_output_details()
    return interpreter.get_tensor(output["index"])


def test_a_piece_gives_what_the_whole_has_there():
    model, image = (toy_exports() / "model.tflite").read_bytes(), frame(1)[None]
    ops = litert_ops(model)
    assert ops[0][0] == "CAST" and "RESIZE_BILINEAR" in [kind for kind, _ in ops]
    np.testing.assert_array_equal(last_output(cut_behind(model, 1), image), image.astype("float32"))
    place = next(index for index, (kind, _) in enumerate(ops) if kind == "RESIZE_BILINEAR")
    upsampled = last_output(cut_behind(model, place + 1), image)
    maps = Interpreter(model_content=model).get_signature_runner("serving_default")(image=image)
    assert (upsampled.argmax(-1) == maps["label_map"]).mean() > 0.999


def test_every_op_has_a_time():
    model = (toy_exports() / "model.tflite").read_bytes()
    rows = op_times(model, frame(1)[None], 3)
    assert [(row["op"], row["name"]) for row in rows] == litert_ops(model)
    assert all(row["milliseconds"] > 0 for row in rows)
