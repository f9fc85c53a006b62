"""SYNTHIA-RAND-CITYSCAPES: frames of a simulated city."""

from keras_uda.data.readers.flat import FlatReader


class Synthia(FlatReader):
    """`RGB/0000000.png` and `GT/LABELS/0000000.png` (16 bits, three channels, the id in the first), no splits.

    Source: Ros et al., The SYNTHIA Dataset, CVPR 2016; folders of the published archive
    """

    class_map = "synthia"
    image_folder = "RGB"
    label_folder = "GT/LABELS"
