"""An option that nothing reads is refused, whatever the reason that nothing does; left at its default it is not."""

import dataclasses

import pytest

from keras_uda.config.command_line import configs_folder
from keras_uda.config.pseudo_label_spec import READ_UNDER
from keras_uda.config.stage_schema import PseudoLabelConfig
from keras_uda.core.errors import UsageError
from tests.config.test_validation import parse

ROUND = "--stages.round_1.pseudo_labels"
LANDMARKS = "--stages.adapt.pseudo_labels"
LSDSEG = configs_folder() / "gta5_to_cityscapes" / "lsdseg.yaml"
ROOTS = ["--data.source.root", "a", "--data.target.root", "b"]


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--method", "cda", f"{LANDMARKS}.prior", "true"], "pseudo_labels.prior: `true`.*policy `landmarks`"),
        (["--method", "cda", f"{LANDMARKS}.soft", "true"], "pseudo_labels.soft.*method `cda`"),
        (["--method", "cda", f"{LANDMARKS}.mine", "0.5", "--data.zoom", "2"], "pseudo_labels.mine"),
        (["--method", "cda", f"{LANDMARKS}.every", "1"], "pseudo_labels.every"),
        (["--method", "cda", f"{LANDMARKS}.extra_zero", "true"], "pseudo_labels.extra_zero"),
        (["--method", "cbst", f"{ROUND}.threshold", "0.5"], "round_1.pseudo_labels.threshold: `0.5`.*class_balanced"),
        (["--method", "selftraining", f"{ROUND}.threshold", "0.5"], "policy `global`"),
        (["--method", "cbst", f"{ROUND}.policy", "confidence", f"{ROUND}.portion", "0.3"], "pseudo_labels.portion"),
        (["--method", "cbst", f"{ROUND}.soft", "true"], "pseudo_labels.soft.*method `cbst`"),
        (["--method", "cbst", f"{ROUND}.superpixels", "50"], "pseudo_labels.superpixels"),
        (
            ["--config", LSDSEG, *ROOTS, "--segmenter.batch_norm", "frozen"],
            "segmenter.arguments.batch_norm.*fcn8s_vgg16",
        ),
        (["--config", LSDSEG, *ROOTS, "--segmenter.aspp_dilations", "[6, 12]"], "segmenter.arguments.aspp_dilations"),
        (["--method", "advent", "--segmenter.feature_norm", "true"], "segmenter.arguments.feature_norm"),
        (
            ["--method", "advent", "--optimizers.segmenter.repeats", "official"],
            "optimizers.segmenter.arguments.repeats.*adam",
        ),
        (
            ["--method", "advent", "--optimizers.discriminator.momentum", "0.5"],
            "optimizers.discriminator.arguments.momentum",
        ),
    ],
)
def test_what_nothing_reads_is_refused(flags, named):
    with pytest.raises(UsageError, match=named):
        parse(*map(str, flags))


def test_a_default_is_no_mistake():
    run = parse("--method", "cbst", f"{ROUND}.threshold", "0.9", f"{ROUND}.soft", "false")
    assert run.stages["round_1"].pseudo_labels.threshold == 0.9


def test_the_table_names_fields():
    assert set(READ_UNDER) <= {field.name for field in dataclasses.fields(PseudoLabelConfig)}
