"""W7: no class of ours that Keras may build out of a stranger's file takes a place, an address or a function."""

import inspect
import pkgutil
import re
from importlib import import_module
from pathlib import Path

import keras

import keras_uda

PLACES = re.compile(r"path|file|folder|dir|url|address|module|function|callable|class|code", re.IGNORECASE)
NUMBERS = {"classes"}  # how many there are


def registered() -> dict[str, type]:
    for module in pkgutil.walk_packages(keras_uda.__path__, "keras_uda."):
        if module.name.split(".")[1] in ("segmenters", "layers", "ops", "methods", "optimizers"):
            import_module(module.name)
    found = keras.saving.get_custom_objects()
    return {name: one for name, one in found.items() if name.startswith("keras_uda>")}


def test_no_registered_class_takes_a_place_or_a_function():
    classes = registered()
    assert len(classes) > 5
    for name, kind in classes.items():
        for argument in inspect.signature(kind.__init__).parameters.values():
            assert not PLACES.search(argument.name) or argument.name in NUMBERS, (name, argument.name)
            assert "Callable" not in str(argument.annotation), (name, argument.name)


def test_no_registered_class_builds_others_out_of_its_configuration():
    for name, kind in registered().items():
        source = inspect.getsource(kind)
        assert "deserialize" not in source and "import_module" not in source and "eval(" not in source, name


LOADERS = (
    r"load_model|load_weights|TFSMLayer|unsafe_deserialization|model_from|from_config\(|torch\.load|allow_pickle=True"
)


def test_nothing_opens_a_file_of_keras_as_a_program():
    """W1: every known hole of Keras' loaders needs a loader; weights are read as numbers, see `weights/file.py`."""
    for path in Path(keras_uda.__path__[0]).rglob("*.py"):
        assert not re.search(LOADERS, path.read_text(encoding="utf-8")), path
