"""What stages that translate images, and stages that train on translations, need of each other."""

from keras_uda.config.field_types import parse_size
from keras_uda.config.method_spec import argument_of
from keras_uda.config.method_spec import method_facts
from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.schema import RunConfig
from keras_uda.core.errors import UsageError

UNTRAINED = ("imagenet", "none")  # values of `weights` that know no class


def check_translations(run: RunConfig, name: str) -> None:
    """Raises UsageError where a stage asks for translations that nothing makes, or cannot make its own.

    Args:
        name: of the stage, whose method is known.
    """
    _check_own_batches(run, name)
    _check_translations(run, name)
    _check_trained_segmenter(run, name)


def starts_trained(run: RunConfig, name: str) -> bool:
    """Whether a stage starts from a segmenter that was trained for the task: in the run, or before it."""
    names = list(run.stages)
    for earlier in reversed(names[: names.index(name) + 1]):
        stage = run.stages[earlier]
        if earlier != name and method_facts(stage.method).trains_segmenter:
            return True
        if stage.start == "initial" and earlier != names[0]:
            return (stage.weights or run.segmenter.weights) not in UNTRAINED
    return run.segmenter.weights not in UNTRAINED


def _check_translations(run: RunConfig, name: str) -> None:
    stage, key = run.stages[name], f"stages.{name}.translations"
    if stage.translations is None:
        return
    facts, names = method_facts(stage.method), list(run.stages)
    if "source" not in facts.reads or facts.target_labels == "some" or facts.translates:
        what = f"{stage.method} does not train a segmenter on source images alone beside the target's"
        raise UsageError(key, what, "Drop it, or choose another method")
    if stage.translations.run is not None:
        return  # which stages that run has is known when it is opened
    earlier = [one for one in names[: names.index(name)] if method_facts(run.stages[one].method).translates]
    wanted = stage.translations.by
    if not earlier:
        translating = ", ".join(one for one in EVERY_METHOD if method_facts(one).translates)
        remedy = f"Put a stage with {translating} before it, or name a run (--{key}.run)"
        raise UsageError(key, "no stage before it translates images", remedy)
    if wanted is not None and wanted not in earlier:
        what = f"`{wanted}` is no stage before `{name}` that translates images"
        raise UsageError(f"{key}.by", what, f"Name {' or '.join(earlier)}")


def _check_own_batches(run: RunConfig, name: str) -> None:
    """Baselines have as many batches as the segmenter was trained on, so these must be of one size."""
    stage = run.stages[name]
    given = {key: getattr(stage, key) for key in ("batch", "crop") if getattr(stage, key) is not None}
    if given and method_facts(stage.method).trains_segmenter:
        key = next(iter(given))
        what = f"`{given[key]}`, but {stage.method} trains the segmenter, as the baselines do, with data.{key}"
        raise UsageError(f"stages.{name}.{key}", what, f"Drop it, or set --data.{key}")
    for side in ("source", "target"):
        size = getattr(run.data, side).size
        if stage.crop and any(a > b for a, b in zip(parse_size(stage.crop), parse_size(size), strict=True)):
            what = f"`{stage.crop}` does not fit into data.{side}.size `{size}`"
            raise UsageError(f"stages.{name}.crop", what, "Take a smaller one")


def _check_trained_segmenter(run: RunConfig, name: str) -> None:
    stage = run.stages[name]
    argument = method_facts(stage.method).trained_segmenter_for
    if argument and argument_of(stage, argument) and not starts_trained(run, name):
        what = f"{argument_of(stage, argument)}, but no segmenter is trained before this stage"
        remedy = "Put a stage with source_only before it, name a run as segmenter.weights, or set it to 0"
        raise UsageError(f"stages.{name}.arguments.{argument}", what, remedy)
