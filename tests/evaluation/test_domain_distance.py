"""The distance of both domains in the features of a segmenter, against numpy; the scale of the features is no part."""

import numpy as np
import pytest
from PIL import Image

from keras_uda.data.prepared import Prepared
from keras_uda.evaluation.domain_distance import domain_distance
from keras_uda.evaluation.domain_distance import relative_distance
from tests.pictures import frame
from tests.toy import toy_segmenter


@pytest.fixture(scope="module")
def domains(tmp_path_factory):
    """Two pictures of each domain; those of the target have half of the light."""
    folder = tmp_path_factory.mktemp("pictures")
    found = []
    for domain, light in (("source", 1.0), ("target", 0.5)):
        files = [str(folder / f"{domain}{number}.png") for number in range(2)]
        for number, file in enumerate(files):
            Image.fromarray((frame(number, 40, 32) * light).astype("uint8")).save(file)
        found.append(Prepared(files, None, files, (40, 32)))
    return found


def test_it_is_that_of_covariances_in_units_of_their_size():
    source, target = np.array([[1, 0.5], [0.5, 2]]), np.array([[2.0, 0], [0, 1]])
    expected = 2.5 / np.sqrt((1 + 4 + 0.5) * 5)  # 4 d^2 times the 0.15625 of CORAL
    np.testing.assert_allclose(relative_distance(source, target), expected)
    np.testing.assert_allclose(relative_distance(9 * source, 9 * target), expected)
    assert relative_distance(source, source) == 0


def test_features_are_pooled_over_images_and_cells(domains):
    segmenter = toy_segmenter()
    covariances = []
    for domain in domains:
        images = np.stack([np.asarray(Image.open(file)) for file in domain.images])
        maps = np.asarray(segmenter(images.astype("float32"), training=False)["features"])
        left = np.array([[1, 1, 0.5, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0.5, 1, 1, 0, 0, 0, 0, 0]]) / 2.5
        columns = np.concatenate([left, left[::-1, ::-1]])  # four cells of ten columns
        cells = np.einsum("jx,nixd->nijd", columns, maps.reshape(2, 4, 2, 10, -1).mean(2))
        rows = np.concatenate([maps.mean((1, 2)), cells.reshape(32, -1)])
        covariances.append(np.cov(rows.T))
    found = domain_distance(segmenter, *domains)
    np.testing.assert_allclose(found, relative_distance(*covariances), rtol=1e-3)
    assert found > 0.01 and domain_distance(segmenter, domains[0], domains[0]) == 0
