"""A finished run of every method goes on: its last stage alone is a configuration that can be meant."""

import pytest

from keras_uda.config.checks import check
from keras_uda.config.continued import continued
from keras_uda.config.defaults import with_defaults
from keras_uda.config.names import RUN_METHODS
from keras_uda.config.stored import from_dict
from keras_uda.config.stored import to_dict
from keras_uda.core.errors import UsageError
from tests.training.test_run import parsed


@pytest.mark.parametrize("method", RUN_METHODS)
def test_every_method_goes_on_from_its_weights(method):
    run = parsed("--method", method)
    more = from_dict(to_dict(continued(run, "runs/first")))
    check(more)
    assert with_defaults(more) == more and more.segmenter.weights == "runs/first"
    (name, last), (old_name, old) = list(more.stages.items())[0], list(run.stages.items())[-1]
    assert len(more.stages) == 1 and name == old_name and (last.method, last.steps) == (old.method, old.steps)
    assert (last.teacher, last.weights, last.arguments, last.add_ons) == (None, None, old.arguments, old.add_ons)
    assert (more.method, more.seed, more.data.source.name, more.data.classes) == (
        run.method,
        run.seed,
        run.data.source.name,
        run.data.classes,
    )


def test_an_ensemble_is_not_trained():
    run = parsed("--method", "minent")
    content = to_dict(run)
    content["segmenter"] |= {"name": "ensemble", "members": [dict(content["segmenter"])] * 2, "shares": [0.5, 0.5]}
    with pytest.raises(UsageError, match="--continue-from: runs/both is an ensemble"):
        continued(from_dict(content), "runs/both")


def test_translations_stay_in_the_folder_of_the_run():
    more = continued(parsed("--method", "cycada"), "runs/first/stages/2_adapt", "runs/first")
    assert more.stages["adapt"].translations.run == "runs/first" and more.stages["adapt"].translations.originals
