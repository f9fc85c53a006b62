"""Runs the stages of a configuration one after the other, and resumes anywhere; files and weights pass on."""

from collections.abc import Sequence

import keras

from keras_uda.data.domains import Domains
from keras_uda.runs.stage import Stage
from keras_uda.runs.teachers import require_weights
from keras_uda.segmenters.build import load_segmenter
from keras_uda.training.build import copy_weights
from keras_uda.training.build import in_float32
from keras_uda.training.build import initial_segmenter
from keras_uda.training.fit import train_stage
from keras_uda.training.translating import require_translations


def run_stages(stages: Sequence[Stage], domains: Domains, regenerate: bool = False) -> tuple[keras.Model, str]:
    """Trains all stages that are not finished yet.

    Args:
        stages: of a run whose folder this process has claimed.
        domains: the prepared data.
        regenerate: make pseudo-labels that were changed again, instead of refusing them.
    Returns:
        The float32 segmenter of the last stage, and the hash over all state at its end.
    """
    run = stages[0].run
    require_weights(run)  # refused now, not when the stages before it are trained
    for stage in stages:
        if not stage.provenance():
            require_translations(stage)
    segmenter, state_hash = initial_segmenter(run), ""
    for stage in stages:
        finished = stage.provenance()
        if finished:
            copy_weights(load_segmenter(stage.folder)[0], segmenter)
            state_hash = finished["state_hash"]
            continue
        if stage.config.start == "initial" and stage.earlier:
            segmenter = initial_segmenter(run, stage.config.weights)
        state_hash = train_stage(stage, domains, segmenter, regenerate)
    return in_float32(run, segmenter), state_hash
