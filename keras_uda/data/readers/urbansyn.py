"""UrbanSyn: frames of a synthetic city."""

from keras_uda.data.readers.layout import PNG
from keras_uda.data.readers.layout import LayoutReader
from keras_uda.data.readers.places import Files


class UrbanSyn(LayoutReader):
    """`rgb/rgb_0001.png` and `ss/ss_0001.png` (train ids of Cityscapes), no splits.

    Source: Gomez et al., All for One, and One for All: UrbanSyn Dataset, https://arxiv.org/abs/2312.12176; folders of
        https://huggingface.co/datasets/UrbanSyn/UrbanSyn
    """

    class_map = "urbansyn"
    images = (Files("rgb", start="rgb_"),)
    labels = (Files("ss", start="ss_", suffixes=PNG, class_map="urbansyn"),)
    listed = True
