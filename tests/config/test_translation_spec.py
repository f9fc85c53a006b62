"""What translators and stages that train on translations need: one line where it is missing."""

import pytest

from keras_uda.config.translation_spec import starts_trained
from keras_uda.core.errors import UsageError
from tests.config.helpers import parse


def refused(*flags: str) -> str:
    with pytest.raises(UsageError) as error:
        parse("--method", "cycada", *flags)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_the_shipped_configuration():
    run = parse("--method", "cycada")
    source, translate, adapt = run.stages.values()
    assert (translate.batch, translate.crop, translate.method) == (1, "256x128", "cycada")
    assert adapt.translations.by is None and adapt.translations.originals
    assert run.source_steps == source.steps + adapt.steps == 600  # steps of a translator are no source batches
    assert starts_trained(run, "translate") and not starts_trained(run, "source")


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (["--stages.source.translations", "{}"], "stages.source.translations: no stage before it translates images"),
        (["--stages.adapt.translations.by", "source"], "adapt.translations.by: `source` is no stage before `adapt`"),
        (["--stages.adapt.translations.by", "adapt"], "Name translate."),
        (["--stages.translate.translations", "{}"], "stages.translate.translations: cycada does not train a segmenter"),
        (["--stages.adapt.method", "oracle"], "stages.adapt.translations: oracle does not train"),
        (["--stages.adapt.batch", "2"], "stages.adapt.batch: `2`, but source_only trains the segmenter"),
        (["--stages.source.crop", "64x64"], "stages.source.crop: `64x64`, but source_only trains the segmenter"),
        (["--stages.translate.crop", "512x128"], "does not fit into data.source.size `256x192`. Take a smaller one."),
        (["--stages.translate.crop", "wide"], "stages.translate.crop: `wide` is not valid"),
        (["--stages.translate.batch", "0"], "stages.translate.batch: `0` is not valid"),
        (["--stages.source.method", "adabn"], "stages.translate.arguments.semantic_weight: 1.0, but no segmenter is"),
        (["--stages.translate.start", "initial"], "no segmenter is trained before this stage. Put a stage with"),
        (["--stages.translate.add_ons", "{entropy: {}}"], "cycada trains no segmenter"),
        (["--optimizers.generators", "null"], "optimizers.generators"),
    ],
)
def test_what_cannot_be_meant_is_refused(flags, line):
    assert line in refused(*flags)


def test_cyclegan_needs_no_segmenter_that_is_trained():
    none = ["--stages.translate.start", "initial", "--stages.translate.arguments.semantic_weight", "0"]
    assert parse("--method", "cycada", *none).stages["translate"].arguments["semantic_weight"] == 0


def test_a_trained_segmenter_may_come_from_outside():
    run = parse("--method", "cycada", "--stages.source.method", "adabn", "--segmenter.weights", "runs/first")
    assert starts_trained(run, "translate")


def test_two_levels_need_no_second_loss_of_a_translator():
    assert parse("--method", "cycada", "--segmenter.levels", "2").segmenter.levels == 2


def test_translations_of_another_run_need_no_stage_before():
    run = parse("--method", "minent", "--stages.adapt.translations", "{run: runs/first}")
    assert run.stages["adapt"].translations.run == "runs/first"
