"""Genuine files of other people's tools, read in place; skipped where they are not there."""

import numpy as np
import pytest

from keras_uda.config.data_schema import DomainConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import train_ids
from keras_uda.core.errors import DataError
from keras_uda.data.domain import open_domain
from keras_uda.data.formats.class_map import load_class_map
from keras_uda.data.formats.labels import read_label
from tests.conftest import shared_path


def classes_of(file, name):
    label = read_label(shared_path(f"data/formats/{file}"), load_class_map(name, None, None, CITYSCAPES), CITYSCAPES)
    return label, {CITYSCAPES[value] for value in np.unique(label) if value != 255}


def test_gta5():
    opened = open_domain(DomainConfig(name="gta5", root=str(shared_path("data/formats/gta5"))), CITYSCAPES, "train")
    label = read_label(opened.pairs[0].label, opened.class_map, CITYSCAPES)
    assert label.shape == (1052, 1914)
    assert np.mean(label == 0) == pytest.approx(0.422, abs=1e-3) and np.mean(label == 10) == pytest.approx(
        0.208, abs=1e-3
    )


def test_cityscapes():
    root = shared_path("data/formats/cityscapes")
    opened = open_domain(DomainConfig(name="cityscapes", root=str(root)), CITYSCAPES, "train")
    assert len(opened.pairs) == 3 and opened.labelled
    for pair in opened.pairs:
        assert np.mean(read_label(pair.label, opened.class_map, CITYSCAPES) == 0) > 0.3
    instances = opened.pairs[0].label.with_name(opened.pairs[0].label.name.replace("labelIds", "instanceIds"))
    with pytest.raises(DataError, match="Looks like instance ids"):
        read_label(instances, opened.class_map, CITYSCAPES)


def test_camvid_segnet_annotations_agree_with_the_converted_ones():
    root = shared_path("data/formats/camvid_segnet")
    converted = shared_path("data/camvid/labels/train")
    for path in sorted((root / "trainannot").iterdir()):
        label, _ = classes_of(f"camvid_segnet/trainannot/{path.name}", "camvid")
        np.testing.assert_array_equal(label, read_label(converted / path.name, train_ids(CITYSCAPES), CITYSCAPES))
    with pytest.raises(DataError, match="728 of 734 files"):
        open_domain(DomainConfig(name="camvid", root=str(root)), CITYSCAPES, "train")


def test_carla_of_both_generations():
    for number in (183310, 183311, 183312):
        _, names = classes_of(f"carla_raw_0.9/Segmentation_Images/00{number}.png", "carla_0.9")
        assert {"road", "sidewalk", "building", "vegetation", "car", "pole", "traffic sign", "wall", "fence"} == names
    for frame in ("000033_5026200", "000063_5026800"):
        ids, names = classes_of(f"carlascapes/Town10HD_{frame}_labelIds.png", "carla_28")
        colours, _ = classes_of(f"carlascapes/Town10HD_{frame}_color.png", "carla_28")
        np.testing.assert_array_equal(ids, colours)
        assert {"road", "building", "sky", "person", "motorcycle"} <= names
        with pytest.raises(DataError, match="colours #"):
            classes_of(f"carlascapes/Town10HD_{frame}_instance.png", "carla_28")


def test_bdd100k():
    assert classes_of("bdd100k/semseg_mask.png", "bdd100k")[1] == {"car"}
    assert classes_of("bdd100k/tests_eval_testcases_seg_gt_a.png", "bdd100k")[1] == {"road", "sidewalk"}
    for name in ("panseg_bdd100k_panseg_mask", "panseg_coco_panseg_mask"):
        with pytest.raises(DataError, match="class map has ids only"):
            classes_of(f"bdd100k/{name}.png", "bdd100k")


def test_citynthesizer_ids_and_colours_agree():
    folder = shared_path("data/formats/citynthesizer_blender")
    for path in sorted(folder.glob("*_labelIds.png")):
        ids, _ = classes_of(f"citynthesizer_blender/{path.name}", "cityscapes")
        colours, _ = classes_of(f"citynthesizer_blender/{path.name.replace('labelIds', 'color')}", "cityscapes")
        np.testing.assert_array_equal(ids, colours)
        with pytest.raises(DataError, match="use class_map `cityscapes`"):
            read_label(path, train_ids(CITYSCAPES), CITYSCAPES)


def test_mesh_colours_without_a_map_are_refused():
    folder = shared_path("data/formats/airsim_neighborhood/label")
    with pytest.raises(DataError, match="class map has ids only"):
        read_label(sorted(folder.iterdir())[0], train_ids(CITYSCAPES), CITYSCAPES)


def test_the_benchmark_folders_open_as_folder():
    camvid, airsim = shared_path("data/camvid"), shared_path("data/airsim_neighborhood")
    config = DomainConfig(name="folder", root=str(camvid))
    assert [len(open_domain(config, CITYSCAPES, s).pairs) for s in ("train", "val", "test")] == [367, 101, 233]
    plain = open_domain(DomainConfig(name="folder", root=str(airsim)), CITYSCAPES, "train")
    choice = DomainConfig(name="folder", root=str(airsim), exclude="stats.json:frames_without_road")
    chosen = open_domain(choice, CITYSCAPES, "train")
    assert len(plain.pairs) == 1368 and len(chosen.pairs) == 1216
