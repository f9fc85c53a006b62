"""Add-ons of a configuration file that have nothing to act on in a run are left out of its stages.

So one file, the recipe, serves every network and all data. What a flag names is taken at its word, and refused where it
cannot be meant.
"""

from collections.abc import Iterable

from keras_uda.config.method_spec import add_on_facts
from keras_uda.config.moved import mapping
from keras_uda.config.names import ADD_ONS
from keras_uda.config.names import NO_SOURCE
from keras_uda.config.source_free import is_given


def without_idle_add_ons(content: dict, flags: Iterable[str]) -> dict:
    """The content without add-ons of its file that need a source where there is none, or keep to a random start.

    Only the first stage starts at random, where a flag says so.

    Args:
        content: plain values; it is not changed.
        flags: dotted keys of the command line.
    """
    stages, flags = content.get("stages"), tuple(flags)
    if not isinstance(stages, dict):
        return content
    no_source = mapping(mapping(content.get("data")).get("source")).get("name") == NO_SOURCE
    random = "segmenter.weights" in flags and mapping(content.get("segmenter")).get("weights") == "none"
    fitted = {}
    for name, stage in stages.items():
        starts_random = random and not fitted
        fitted[name] = _fitting(stage, f"stages.{name}.add_ons", flags, (no_source, starts_random))
    return content | {"stages": fitted}


def _fitting(stage: object, key: str, flags: tuple[str, ...], state: tuple[bool, bool]) -> object:
    """A stage without the add-ons that (no source, a random start) leave nothing to do."""
    add_ons = stage.get("add_ons") if isinstance(stage, dict) else None
    if not isinstance(add_ons, dict):
        return stage
    idle = {name for name in add_ons if name in ADD_ONS and _is_idle(name, *state)}
    given = {name for name in idle if key in flags or is_given(f"{key}.{name}", flags)}
    return stage | {"add_ons": {name: options for name, options in add_ons.items() if name not in idle - given}}


def _is_idle(name: str, no_source: bool, starts_random: bool) -> bool:
    facts = add_on_facts(name)
    return (no_source and "source" in facts.needs) or (starts_random and facts.keeps_start)
