"""Foggy Cityscapes: Cityscapes with simulated fog."""

from keras_uda.config.ranges import Positive
from keras_uda.data.readers.cityscapes import LABELS
from keras_uda.data.readers.layout import LayoutReader
from keras_uda.data.readers.places import Files


class FoggyCityscapes(LayoutReader):
    """`leftImg8bit_foggy/<split>/<city>/*_leftImg8bit_foggy_beta_<beta>.png`, labels of Cityscapes in `gtFine`.

    The later version with sharper edges, `leftImg8bit_foggyDBF`, is read where the first is not there.

    Args:
        beta: density of the fog, in 1/m: 0.005, 0.01 or 0.02.
    Source: Sakaridis et al., Semantic Foggy Scene Understanding with Synthetic Data, IJCV 2018,
        https://arxiv.org/abs/1708.07819
    """

    class_map = "cityscapes"
    labels = LABELS

    def __init__(self, *, beta: Positive = 0.02):
        end = f"_leftImg8bit_foggy_beta_{beta:g}"
        folders = ("leftImg8bit_foggy", "leftImg8bit_foggyDBF")
        self.images = tuple(Files(folder + "/{split}", end=end) for folder in folders)
