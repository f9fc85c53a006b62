"""What a configuration leaves open stands in what a run keeps."""

from keras_uda.config.defaults import completed
from keras_uda.config.defaults import with_defaults
from keras_uda.config.source_code import MISSING
from keras_uda.config.source_code import Argument
from keras_uda.config.stored import differences
from keras_uda.config.stored import from_dict
from keras_uda.config.stored import to_dict
from tests.config.helpers import parse


def test_given_options_stay_and_others_get_their_default():
    known = {"b": Argument(int, 2), "a": Argument(tuple, (1, 2)), "must": Argument(int, MISSING)}
    assert completed({"b": 5}, known) == {"b": 5, "a": [1, 2]}


def test_every_option_of_network_and_optimisers_is_written():
    run = parse("--method", "cbst", "--segmenter.name", "tiny", "--segmenter.weights", "none")
    assert run.segmenter.arguments == {"batch_norm": "live", "width": 8}
    for optimizers in (run.optimizers, *(stage.optimizers for stage in run.stages.values())):
        for optimizer in optimizers.values():
            assert {"betas", "epsilon", "weight_decay"} <= set(optimizer.arguments)
            assert set(optimizer.schedule["polynomial"]) == {"power", "horizon"}


def test_saying_a_default_changes_nothing():
    said = "--segmenter.arguments.batch_norm", "live", "--optimizers.segmenter.schedule.polynomial.power", "0.9"
    assert differences(to_dict(parse()), to_dict(parse(*said))) == []
    run = parse()
    assert with_defaults(from_dict(to_dict(run))) == run


def test_a_network_without_weights_to_start_from_is_recorded_as_started_at_random():
    assert parse("--segmenter.name", "tiny").segmenter.weights == "none"
    assert parse().segmenter.weights == "imagenet"
