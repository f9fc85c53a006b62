"""What a configuration may ask of a network: what its factory takes, and sizes that it can have."""

import pytest

from keras_uda.config.names import SEGMENTERS
from keras_uda.config.segmenter_spec import SegmenterFacts
from keras_uda.config.segmenter_spec import segmenter_arguments
from keras_uda.config.segmenter_spec import segmenter_facts
from keras_uda.core.errors import UsageError
from tests.config.test_presets import of


def test_options_of_all_networks_stand_in_the_configuration_itself():
    for name in SEGMENTERS:
        assert not {"levels", "weights"} & set(segmenter_arguments(name))
    assert "width" in segmenter_arguments("tiny") and "width" not in segmenter_arguments("fcn8s_vgg16")


def test_levels_are_those_that_the_factory_takes():
    assert segmenter_facts("deeplab_v2_resnet101").levels == 2 and segmenter_facts("deeplab_v2_vgg16").levels == 1


def test_only_networks_of_whole_convolutions_are_dense():
    assert segmenter_facts("deeplab_v2_resnet101").dense and segmenter_facts("fcn8s_vgg16").dense
    assert not segmenter_facts("efficientnet_lite0").dense and not segmenter_facts("tiny").dense


@pytest.mark.parametrize("side", ["source", "target"])
def test_sizes_are_multiples_of_what_the_network_takes(side, monkeypatch):
    facts = SegmenterFacts(stride=4, input_multiple=32, arguments=segmenter_facts("tiny").arguments)
    monkeypatch.setattr("keras_uda.config.checks.segmenter_facts", lambda name: facts)
    flags = ["--segmenter.name", "tiny", "--data.size", "256x192"]
    assert of("advent", *flags).segmenter.name == "tiny"
    with pytest.raises(UsageError, match=f"data.{side}.size: `256x200`, but .*tiny. takes multiples of 32") as refusal:
        of("advent", *flags[:2], "--data.size", "256x192", f"--data.{side}.size", "256x200")
    assert refusal.value.exit_code == 2
