"""GTA5: frames of a game."""

from keras_uda.data.readers.file_names import LABEL_SUFFIXES
from keras_uda.data.readers.layout import LayoutReader
from keras_uda.data.readers.places import Files


class GTA5(LayoutReader):
    """`images/00001.png` and `labels/00001.png` (palette of Cityscapes ids), no splits.

    Source: Richter et al., Playing for Data, ECCV 2016; folders of the published archives
    """

    class_map = "cityscapes"
    images = (Files("images"),)
    labels = (Files("labels", suffixes=LABEL_SUFFIXES, class_map="cityscapes"),)
    listed = True
