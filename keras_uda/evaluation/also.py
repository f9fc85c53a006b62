"""Labelled domains beside the target (`evaluation.also`): does adapting to one street harm another?"""

import dataclasses
from collections.abc import Mapping
from collections.abc import Sequence

from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.method_spec import MethodFacts
from keras_uda.config.schema import RunConfig
from keras_uda.config.several import keys_also
from keras_uda.config.several import labels_of
from keras_uda.core.console import say
from keras_uda.core.errors import DataError
from keras_uda.data.domain import named_in_messages
from keras_uda.data.domain import open_domain
from keras_uda.data.domains import Domains
from keras_uda.data.ledger import LabelLedger
from keras_uda.data.look import look_at
from keras_uda.data.prepared import Prepared
from keras_uda.evaluation import metrics
from keras_uda.evaluation.counting import Scored
from keras_uda.evaluation.counting import count
from keras_uda.evaluation.models import ADAPTED
from keras_uda.evaluation.models import MODELS
from keras_uda.evaluation.models import SOURCE_ONLY

COMPARED = (SOURCE_ONLY, ADAPTED)  # the oracle of the target is no upper end elsewhere


def runs_also(run: RunConfig) -> dict[str, RunConfig]:
    """What each domain beside the target is called -> the configuration of the run with it as the target."""
    named = zip(labels_of(run.evaluation.also), run.evaluation.also, strict=True)
    return {label: _with_target(run, one) for label, one in named}


def _with_target(run: RunConfig, target: DomainConfig) -> RunConfig:
    """What is merged, and which parts the frames have, goes with the target."""
    data = dataclasses.replace(run.data, target=target, targets=())
    evaluation = dataclasses.replace(run.evaluation, merge={}, subsets={}, also=())
    return dataclasses.replace(run, data=data, evaluation=evaluation)


def frames_also(run: RunConfig) -> tuple[Domains, Prepared]:
    """The domains of a configuration of `runs_also`, and its labelled frames.

    Raises:
        DataError: it has none.
    """
    domains = Domains(run.data, LabelLedger({"evaluation"}))
    if domains.held_out is None:
        raise _no_labels(run)
    return domains, domains.held_out


def _no_labels(run: RunConfig) -> DataError:
    where, split = run.data.target.root or run.data.target.name, run.data.target.eval_split
    return DataError(where, f"`{split}` has no labels to score on", "Drop it from evaluation.also, or give labels")


def look_at_also(run: RunConfig) -> None:
    """Raises what `require_also` would, as far as it is known before any image is read."""
    for key, config in zip(keys_also(run), runs_also(run).values(), strict=True):
        target = config.data.target
        if not look_at(config.data, target, target.eval_split, key=key).labelled:
            raise _no_labels(config)


def require_also(run: RunConfig, domains: Domains, facts: Sequence[MethodFacts]) -> None:
    """Before anything is trained: the frames are there, and none of them is trained on.

    Args:
        run: the configuration.
        domains: its data.
        facts: of the methods of its stages.
    Raises:
        DataError: they are not.
    """
    for key, config in zip(keys_also(run), runs_also(run).values(), strict=True):
        with named_in_messages(key):
            data, target = config.data, config.data.target
            open_domain(target, data.classes, target.eval_split, cache=data.cache)  # what is wrong with it is the error
            _, frames = frames_also(config)
        for one in facts:
            for part in domains.of(one):
                if part is not None:
                    part.must_not_share(frames)


def scores_also(run: RunConfig, models: Mapping[str, Scored]) -> dict:
    """The entry `also` of `evaluation.json`.

    Args:
        run: the configuration.
        models: those that are scored on the target; the oracle is left out.
    Returns:
        Label -> `source_only`, `adapted` (a run that is a baseline has its own), `change` of mIoU from the first to
        the second, None where one is missing.
    """
    found = {}
    for label, config in runs_also(run).items():
        domains, _ = frames_also(config)
        kept = {name: model for name, model in models.items() if name in COMPARED or len(models) == 1}
        matrices = {name: count(config, domains, name, model).matrices for name, model in kept.items()}
        steps = {name: model.steps for name, model in kept.items()}
        content = metrics.assemble(config, matrices, steps=steps, target_labels_read=())
        entries = {name: content[name] for name in kept}
        miou = [entries[name]["miou"] if name in entries else None for name in COMPARED]
        change = None if None in miou else miou[1] - miou[0]
        words = [f"{MODELS[name]} {metrics.percent(entry['miou'])}" for name, entry in entries.items()]
        found[label] = entries | {"change": change}
        say(f"mIoU in % also on {label}: {', '.join(words)}")
    return found
