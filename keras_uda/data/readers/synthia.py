"""SYNTHIA-RAND-CITYSCAPES: frames of a simulated city."""

from keras_uda.data.readers.file_names import LABEL_SUFFIXES
from keras_uda.data.readers.layout import LayoutReader
from keras_uda.data.readers.places import Files


class Synthia(LayoutReader):
    """`RGB/0000000.png` and `GT/LABELS/0000000.png` (16 bits, three channels, the id in the first), no splits.

    Source: Ros et al., The SYNTHIA Dataset, CVPR 2016; folders of the published archive
    """

    class_map = "synthia"
    images = (Files("RGB"),)
    labels = (Files("GT/LABELS", suffixes=LABEL_SUFFIXES, class_map="synthia"),)
    listed = True
