"""Where an export comes from: a run, and the branch of its segmenter."""

from pathlib import Path
from typing import NamedTuple

import keras

from keras_uda.core import runtime
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.two_scales import context_branch


class Source(NamedTuple):
    """What every process of an export loads for itself.

    Args:
        run: folder with `segmenter.weights.h5` and `segmenter.json`.
        branch: of a segmenter with two scales, out of `names.BRANCHES`.
    """

    run: Path
    branch: str = "fused"

    def load(self) -> keras.Model:
        """The segmenter in float32.

        Raises:
            ArtefactError: the run cannot be read.
        """
        runtime.set_up(seed=0)
        segmenter, _ = load_segmenter(self.run)
        return context_branch(segmenter) if self.branch == "context" else segmenter
