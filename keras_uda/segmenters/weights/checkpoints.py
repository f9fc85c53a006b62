"""Published checkpoints by the ending of their names: `.safetensors`, or anything that `torch.save` wrote."""

from pathlib import Path

import numpy as np

from keras_uda.segmenters.weights.safetensors_files import read_safetensors
from keras_uda.segmenters.weights.torch_files import read_state_dict


def read_checkpoint(path: Path) -> dict[str, np.ndarray]:
    """Name -> array in PyTorch's layout, see `read_safetensors` and `read_state_dict` for what they refuse."""
    read = read_safetensors if Path(path).suffix.lower() == ".safetensors" else read_state_dict
    return read(path)
