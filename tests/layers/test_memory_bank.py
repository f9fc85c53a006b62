"""The memory of every class."""

import numpy as np

from keras_uda.layers.memory_bank import MemoryBank
from keras_uda.layers.memory_bank import features_per_image
from keras_uda.losses import contrastive
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.notes import numbers_after
from tests.released_attention import attention_of


def test_released_memory():
    arrays, meta = load_vectors("semiseg_feature_memory")
    attention = attention_of(arrays, "sel")
    size = int(numbers_after(meta, "input order memory_per_class ")[0])
    batch = int(numbers_after(meta, "batch_size ")[0])
    bank = MemoryBank(attention.classes, arrays["in_features_0"].shape[-1], size)
    for step in range(3):
        features = arrays[f"in_features_{step}"]
        members = contrastive.class_members(arrays[f"in_labels_{step}"], attention.classes)
        scores = attention(features, members, training=False)
        if step == 0:
            own = np.eye(attention.classes, dtype="float32")[np.zeros(len(features), int)]
            assert_matches(attention(features, own, training=False), arrays, meta, "out_scores_0_selector0")
        per_image = features_per_image(size, int(numbers_after(meta, "num_samples ")[0]))
        assert_matches(per_image, arrays, meta, "out_per_class_samples_per_image")
        most = batch * per_image
        # The released code keeps the lowest.
        bank.store(bank.push(features, np.asarray(members) > 0, -scores, most=most))
        for index in range(attention.classes):
            assert_matches(bank.filled[index], arrays, meta, f"out_memory_{step}_class{index}_size")
            assert_matches(bank.vectors[index], arrays, meta, f"out_memory_{step}_class{index}")


def test_released_shares_of_an_image():
    arrays, meta = load_vectors("semiseg_feature_memory")
    size = int(numbers_after(meta, "voc,21) with memory_per_class ")[0])
    images = [int(n) for n in numbers_after(meta, "(num_samples,dataset,classes) = (", count=8)[::2]]
    shares = [features_per_image(size, number) for number in images]  # the first ones are of Cityscapes
    assert shares == arrays["out_samples_per_image_table"][: len(shares)].tolist()


def test_memory_keeps_the_best_and_the_newest():
    bank = MemoryBank(classes=2, channels=1, size=5)
    features = np.arange(6, dtype="float32")[:, None]
    members = np.array([[1, 0], [1, 0], [1, 0], [0, 1], [0, 0], [1, 0]], bool)
    scores = np.array([0.1, 0.9, 0.5, 0.3, 0.99, 0.7], "float32")
    bank.store(bank.push(features, members, scores, most=2))
    assert np.array(bank.vectors)[..., 0].tolist() == [[1, 5, 0, 0, 0], [3, 0, 0, 0, 0]]
    bank.store(bank.push(10 + features, members, scores, most=10))  # few enough: in their order
    assert np.array(bank.vectors)[..., 0].tolist() == [[10, 11, 12, 15, 1], [13, 3, 0, 0, 0]]
    assert np.array(bank.filled).tolist() == [5, 2]
    before = np.array(bank.vectors)
    bank.store(bank.push(100 + features, members, scores, most=2, when=False))
    bank.store(bank.push(np.nan * features, members, scores, most=2), when=False)
    bank.store(bank.push(100 + features, np.zeros_like(members), scores, most=2))
    np.testing.assert_array_equal(bank.vectors, before)
