"""GTA5: frames of a game."""

from keras_uda.data.readers.flat import FlatReader


class GTA5(FlatReader):
    """`images/00001.png` and `labels/00001.png` (palette of Cityscapes ids), no splits.

    Source: Richter et al., Playing for Data, ECCV 2016; folders of the published archives
    """

    class_map = "cityscapes"
