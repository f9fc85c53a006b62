"""Cityscapes: streets of fifty cities."""

from keras_uda.data.readers.layout import PNG
from keras_uda.data.readers.layout import POLYGONS
from keras_uda.data.readers.layout import LayoutReader
from keras_uda.data.readers.places import Files

FINE = "gtFine/{split}"
LABELS = (
    Files(FINE, end="_gtFine_labelIds", suffixes=PNG, class_map="cityscapes"),
    Files(FINE, end="_gtFine_labelTrainIds", suffixes=PNG, class_map="cityscapes_train_ids"),
    Files(FINE, end="_gtFine_polygons.json", suffixes=POLYGONS, class_map="cityscapes"),
)


class Cityscapes(LayoutReader):
    """`leftImg8bit/<split>/<city>/*_leftImg8bit.png` and `gtFine/<split>/<city>/*_gtFine_labelIds.png`.

    Source: Cordts et al., The Cityscapes Dataset, CVPR 2016; folders of the published archives
    """

    class_map = "cityscapes"
    images = (Files("leftImg8bit/{split}", end="_leftImg8bit"),)
    labels = LABELS
