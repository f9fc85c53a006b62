"""AdaptSegNet: two iterations of the released loop, with losses, gradients and weights after each."""

import pytest

from keras_uda.methods.adaptsegnet import AdaptSegNet
from tests.conftest import load_vectors
from tests.iterations import run
from tests.published import published_segmenter


@pytest.mark.parametrize("case", ["multi_vanilla", "single_vanilla", "single_lsgan"])
def test_adaptsegnet(case):
    arrays, meta = load_vectors(f"adaptsegnet_iteration_{case}")
    hyper = meta["hyper"]
    method = AdaptSegNet(
        published_segmenter(arrays, levels=2),
        segmentation_weights=(1.0, hyper["lambda_seg"]),
        adversarial_weights=(hyper["lambda_adv_target2"], hyper["lambda_adv_target1"]),
        least_squares=hyper["gan"] == "LS",
        discriminator_base=arrays["param_D2_0_kernel"].shape[-1],
    )
    names = [
        name + level
        for name in ("segmentation", "adversarial", "discriminator_source", "discriminator_target")
        for level in ("_aux", "")
    ]
    run(method, arrays, meta, ["D2", "D1"], lambda reported: [reported[name] for name in names])
