"""ProDA's warm-up: one iteration of the released loop."""

import numpy as np

from keras_uda.methods.proda_warmup import ProDAWarmUp
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.notes import numbers_after
from tests.published import assert_gradients
from tests.published import assert_weights
from tests.published import set_weights
from tests.released_proda import compiled
from tests.released_proda import labels_of
from tests.released_proda import released_segmenter
from tests.released_proda import without


def test_released_warmup():
    arrays, meta = load_vectors("proda_warmup_step")
    base = arrays["param_D_0_kernel"].shape[-1]
    segmenter = released_segmenter(arrays)
    method = ProDAWarmUp(segmenter, adversarial_weight=numbers_after(meta, "adv=")[0], discriminator_base=base)
    set_weights(arrays, "param", segmenter)
    set_weights(arrays, "param_D", method.discriminator)
    received = compiled(method, meta)
    source = {"image": arrays["in_source"], "label": labels_of(arrays)}
    logs = method.train_step({"source": source, "target": {"image": arrays["in_target"]}})
    discriminator = logs["discriminator_source"] + logs["discriminator_target"]
    losses = [logs["segmentation"], method.adversarial_weight * logs["adversarial"], discriminator]
    assert_matches(np.array(losses), arrays, meta, "out_losses")
    assert_gradients(arrays, meta, "grad1_D", method.discriminator, received["discriminator"])
    assert_gradients(without(arrays, "grad1_D"), meta, "grad1", segmenter, received["segmenter"])
    assert_weights(arrays, meta, "after1_D", method.discriminator)
    assert_weights(arrays, meta, "after1", segmenter)
