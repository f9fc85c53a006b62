"""Domain adaptation of semantic segmentation in Keras 3 / TensorFlow, from training to the device.

    mine = {"data.target.name": "folder", "data.target.root": "my_frames"}
    run = keras_uda.adapt("dacs", output="runs/mine", options=mine)
    export = keras_uda.export(run, "exports/mine", quantize=("none", "float16"))
    keras_uda.predict(export, "drive.mp4", "overlay.mp4")

Each function imports what it needs when it is called; importing the package imports no TensorFlow.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keras_uda.api.adapt import adapt
    from keras_uda.api.build_segmenter import build_segmenter
    from keras_uda.api.evaluate import evaluate
    from keras_uda.api.export import export
    from keras_uda.api.predict import predict

__version__ = "0.1.0"
__all__ = ["adapt", "build_segmenter", "evaluate", "export", "predict"]
PACKAGES = ("export", "predict")  # which are called as functions: `core/callable_package.py`


def __getattr__(name: str):
    if name in PACKAGES:
        return importlib.import_module(f"keras_uda.{name}")
    if name in __all__:
        return getattr(importlib.import_module(f"keras_uda.api.{name}"), name)
    raise AttributeError(f"module `keras_uda` has no attribute `{name}`; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
