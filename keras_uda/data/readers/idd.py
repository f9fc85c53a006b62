"""IDD: streets of Hyderabad and Bangalore."""

from keras_uda.data.readers.layout import PNG
from keras_uda.data.readers.layout import POLYGONS
from keras_uda.data.readers.layout import LayoutReader
from keras_uda.data.readers.places import Files

FINE = "gtFine/{split}"


class IDD(LayoutReader):
    """`leftImg8bit/<split>/<drive>/*_leftImg8bit.png` and `gtFine/<split>/<drive>/*_gtFine_polygons.json`.

    The data set is published with polygons. Label files that its tools made of them are read where every image has
    one: train ids of Cityscapes, ids, and, without polygons, ids of level 3. Images of IDD Lite (`*_image.jpg`) have
    labels of seven other classes, which are not read.

    Source: Varma et al., IDD, WACV 2019, https://arxiv.org/abs/1811.10200; https://github.com/AutoNUE/public-code
    """

    class_map = "idd"
    images = (Files("leftImg8bit/{split}", end="_leftImg8bit"), Files("leftImg8bit/{split}", end="_image"))
    labels = (
        Files(FINE, end="_gtFine_labelcsTrainIds", suffixes=PNG, class_map="cityscapes_train_ids"),
        Files(FINE, end="_gtFine_labelids", suffixes=PNG, class_map="idd"),
        Files(FINE, end="_gtFine_polygons.json", suffixes=POLYGONS, class_map="idd"),
        Files(FINE, end="_gtFine_labellevel3Ids", suffixes=PNG, class_map="idd_level3"),
    )
