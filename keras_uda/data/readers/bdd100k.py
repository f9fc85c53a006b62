"""BDD100K: streets of the USA; its 10,000 images with semantic segmentation."""

from keras_uda.data.readers.layout import PNG
from keras_uda.data.readers.layout import LayoutReader
from keras_uda.data.readers.places import Files


class BDD100K(LayoutReader):
    """`images/10k/<split>/*.jpg` and `labels/sem_seg/masks/<split>/*.png`, or `seg/images` and `seg/labels` of before.

    Source: Yu et al., BDD100K, CVPR 2020, https://arxiv.org/abs/1805.04687; folders of the published archives, and
        https://doc.bdd100k.com/download.html
    """

    class_map = "bdd100k"
    images = (
        Files("images/10k/{split}"),
        Files("seg/images/{split}"),
        Files("10k/{split}"),
        Files("images/{split}"),  # the root is the folder `seg` itself
    )
    labels = (
        Files("labels/sem_seg/masks/{split}", suffixes=PNG, class_map="bdd100k"),
        Files("seg/labels/{split}", end="_train_id", suffixes=PNG, class_map="bdd100k"),
        Files("bdd100k_seg_maps/labels/{split}", end="_train_id", suffixes=PNG, class_map="bdd100k"),
        Files("labels/{split}", end="_train_id", suffixes=PNG, class_map="bdd100k"),
    )
