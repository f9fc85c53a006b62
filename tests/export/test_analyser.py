"""The analyser's words about GPUs, and that they are not yet worth relying on."""

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

from keras_uda.artefacts import manifest
from keras_uda.export.analyser import gpu_words
from tests.toy_export import toy_exports


def test_the_words_are_in_the_record():
    words = gpu_words(toy_exports() / "model.tflite")
    assert words[0].startswith("Your model looks compatible with GPU delegate")
    entry = manifest.read_manifest(toy_exports())["artefacts"]["tflite"]
    assert entry["gpu_analyser"] == words and not any(str(toy_exports()) in line for line in words)


def test_the_analyser_still_calls_every_file_compatible(tmp_path):
    """Where this fails, the analyser checks again, and `device_facts` needs no list of its own."""
    model = schema.ModelT.InitFromPackedBuf((toy_exports() / "model.tflite").read_bytes(), 0)
    for code in model.operatorCodes:
        if code.builtinCode == schema.BuiltinOperator.EXP:
            code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.WHERE
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    (tmp_path / "where.tflite").write_bytes(bytes(builder.Output()))
    assert "looks compatible" in gpu_words(tmp_path / "where.tflite")[0]
