"""AdvEnt: two iterations of the released loop, with losses, gradients and weights after each."""

import pytest

from keras_uda.methods.advent import AdvEnt
from tests.conftest import load_vectors
from tests.iterations import run
from tests.published import published_segmenter


@pytest.mark.parametrize("case,levels", [("advent_multi", 2), ("advent_single", 1)])
def test_advent(case, levels):
    arrays, meta = load_vectors(f"advent_iteration_{case}")
    hyper = meta["hyper"]
    method = AdvEnt(
        published_segmenter(arrays, levels),
        segmentation_weights=(hyper["lambda_seg_main"], hyper["lambda_seg_aux"]),
        adversarial_weights=(hyper["lambda_adv_main"], hyper["lambda_adv_aux"]),
        discriminator_base=arrays["param_Dmain_0_kernel"].shape[-1],
    )

    def losses_of(r):
        halves = ("segmentation_aux", "segmentation", "adversarial_aux", "adversarial")
        discriminators = ("discriminator_target_aux", "discriminator_target")
        return [r.get(name, 0.0) for name in halves] + [r.get(name, 0.0) / 2 for name in discriminators]

    run(method, arrays, meta, ["Dmain", "Daux"][:levels], losses_of)
