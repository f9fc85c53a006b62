"""What can be said of the data of a run before any of it is read: roots, splits, lists, class maps, the cache."""

from collections.abc import Iterable

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.method_spec import MethodFacts
from keras_uda.config.names import READERS
from keras_uda.config.several import domains_of
from keras_uda.config.several import key_of
from keras_uda.config.source_code import literal_of
from keras_uda.core.atomic import require_writable
from keras_uda.core.errors import DataError
from keras_uda.data.cache.location import cache_folder
from keras_uda.data.domain import Domain
from keras_uda.data.domain import named_in_messages
from keras_uda.data.domain import open_domain
from keras_uda.data.domain import require_labels
from keras_uda.data.domain import without_scores


def look_at_data(data: DataConfig, methods: Iterable[MethodFacts]) -> None:
    """Raises what training would say of its domains; files are listed, not read, and nothing is written.

    Args:
        data: of the run.
        methods: of its stages.
    Raises:
        DataError: as of `open_domain`, or no labels to learn from. UsageError: a mistake in a class map or a list.
        ResourceError: the cache cannot be written.
    """
    methods = tuple(methods)
    if any("source" in facts.reads for facts in methods):
        for config in domains_of(data, "source"):
            require_labels(look_at(data, config), "source", config)
    learned = any(facts.target_labels != "none" for facts in methods)
    for config in domains_of(data, "target"):
        domain = look_at(data, config, labels=learned)
        if learned:
            require_labels(domain, "target", config)
        try:
            look_at(data, config, config.eval_split)
        except DataError as error:
            without_scores(config, error)
    require_writable(cache_folder(data.cache))


def look_at(
    data: DataConfig, config: DomainConfig, split: str | None = None, labels: bool = True, key: str | None = None
) -> Domain:
    """A domain whose files were listed alone.

    Args:
        data: of the run.
        config: of the domain.
        split: None: the one to train on.
        labels: look for labels.
        key: of the domain, for messages; None: it is one of those that the run trains on.
    """
    with named_in_messages(key or key_of(data, config)):
        return open_domain(config, data.classes, split or config.split, labels, data.cache, looked_at=True)


def made_from_others(config: DomainConfig) -> bool:
    """Whether the images of a domain are made of its files (frames of clips), so that a look sees none of them."""
    return config.name in READERS and literal_of(READERS, config.name, "data.readers", "holds_out", False)
