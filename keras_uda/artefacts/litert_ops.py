"""The ops of a `.tflite` file, as the interpreter has them."""

from keras_uda.core.console import quiet


def litert_ops(model: bytes) -> list[tuple[str, str]]:
    """(kind, name of the first output) of every op of a `.tflite` file, in their order."""
    from ai_edge_litert.interpreter import Interpreter

    with quiet():
        interpreter = Interpreter(model_content=model)
        names = {int(detail["index"]): detail["name"] for detail in interpreter.get_tensor_details()}
        ops = interpreter._get_ops_details()
    return [(op["op_name"], names.get(int(op["outputs"][0]), "")) for op in ops if op["op_name"] != "DELEGATE"]
