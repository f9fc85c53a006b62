"""The domains of a run, opened and prepared once: what to train on, what to look at, what to score on."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.field_types import parse_size
from keras_uda.config.method_spec import MethodFacts
from keras_uda.config.names import NO_SOURCE
from keras_uda.config.names import READERS
from keras_uda.config.several import domains_of
from keras_uda.config.several import key_of
from keras_uda.config.several import labels_of
from keras_uda.config.source_code import literal_of
from keras_uda.core.console import say_line
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.data.cache.prepare import prepare
from keras_uda.data.decoding import evaluation_frames
from keras_uda.data.domain import Domain
from keras_uda.data.domain import named_in_messages
from keras_uda.data.domain import open_classes
from keras_uda.data.domain import open_domain
from keras_uda.data.domain import require_labels
from keras_uda.data.domain import without_scores
from keras_uda.data.joined import join_domains
from keras_uda.data.ledger import LabelLedger
from keras_uda.data.prepared import Prepared
from keras_uda.data.presence import require_source_classes
from keras_uda.data.semi_supervised import labelled_rows
from keras_uda.data.semi_supervised import labelled_stream

MOST_CLASSES = 254  # of the labels that are written


class OpenLabels(NamedTuple):
    """Labels that tell open classes apart: number C + k is the k-th of them.

    Args:
        names: of the open classes.
        files: name of a frame -> 8-bit PNG.
    """

    names: tuple[str, ...]
    files: dict[str, str]


class Domains:
    """The data of a run.

    Args:
        data: which domains, sizes, classes.
        ledger: counts what target labels are read for.
    """

    def __init__(self, data: DataConfig, ledger: LabelLedger):
        self.data, self.ledger = data, ledger
        self._prepared: dict[str, object] = {}

    def _get(self, key: str, make):
        if key not in self._prepared:
            self._prepared[key] = make()
        return self._prepared[key]

    @property
    def source(self) -> Prepared:
        if self.data.source.name == NO_SOURCE:
            what = "`none`, but something is measured on the labels of a source here"
            remedy = "Give it in the configuration (`source_ratios`, ...), drop what needs it, or name a source"
            raise UsageError("data.source.name", what, remedy)
        return self._get("source", lambda: self._prepare("source", labels=True, purpose=None))

    @property
    def target(self) -> Prepared:
        """Target images to train on; their labels are not opened."""
        return self._get("target", lambda: self._prepare("target", labels=False, purpose=None))

    @property
    def labelled_target(self) -> Prepared:
        return self._get("labelled", lambda: self._prepare("target", labels=True, purpose="oracle"))

    @property
    def partly_labelled(self) -> tuple[Prepared, Prepared]:
        """(source with `labelled_images` target images, the other target images without labels)."""
        return self._get("partly", self._prepare_partly)

    @property
    def held_out(self) -> Prepared | None:
        """Labelled target frames that no training has seen; None where there are none."""
        return self._get("held_out", lambda: self.held_out_for("evaluation"))

    @property
    def open_labels(self) -> OpenLabels | None:
        """Where the labels of `held_out` name classes that the segmenter does not have; None if they name none."""
        return self._get("open", self._open_labels)

    @property
    def unseen(self) -> Prepared | None:
        """Target frames without labels that a reader holds out by itself (whole clips); None of all other readers."""
        return self._get("unseen", self._prepare_unseen)

    @property
    def skipped(self) -> list:
        """Bad pairs that `on_bad_sample: skip` left out so far."""
        single = [prepared for prepared in self._prepared.values() if isinstance(prepared, Prepared)]
        return [problem for prepared in single for problem in prepared.skipped]

    def of(self, facts: MethodFacts) -> tuple[Prepared | None, Prepared | None]:
        """(source, target) as the batches of a method need them; no image among them is one to score on."""
        if facts.target_labels == "some":
            source, target = self.partly_labelled
        else:
            source = self.source if "source" in facts.reads else None
            labelled = facts.target_labels == "all"
            target = (self.labelled_target if labelled else self.target) if "target" in facts.reads else None
        return self._to_train_on(source), self._to_train_on(target)

    def partner_of(self, facts: MethodFacts) -> Prepared | None:
        """Target images that `data.transforms` see where the batches of a method hold none."""
        wanted = self.data.transforms and "source" in facts.reads and "target" not in facts.reads
        return self._to_train_on(self.target) if wanted else None

    def _to_train_on(self, domain: Prepared | None) -> Prepared | None:
        if domain is not None and self.held_out is not None:
            domain.must_not_share(self.held_out)
        return domain

    def pictures(self, count: int) -> tuple[np.ndarray, np.ndarray | None]:
        """A few target frames to watch: uint8 (n,H,W,3), and labels (n,H,W) at the same size where there are any."""
        frames = self.held_out or self.unseen or self.target
        some = []
        for frame in evaluation_frames(frames, count):
            some.append(frame)
        images = np.stack([image for _, image, _ in some])
        if self.held_out is None or any(label.shape != images.shape[1:3] for _, _, label in some):
            return images, None
        return images, np.stack([label for _, _, label in some])

    def evaluation(
        self, limit: int | None = None, own_size: bool = False
    ) -> Iterable[tuple[str, np.ndarray, np.ndarray | None]]:
        """(name, image at network size or with `own_size` at its own, label at its own) of the held-out frames."""
        return evaluation_frames(self.held_out or self.unseen or self.target, limit, own_size)

    def _prepare(self, side: str, labels: bool, purpose: str | None) -> Prepared:
        configs = domains_of(self.data, side)
        opened = [self._open(config, side, labels) for config in configs]
        ledger = self.ledger if side == "target" else None
        options = {"labels": labels, "ledger": ledger, "purpose": purpose}
        pairs = zip(configs, opened, strict=True)
        parts = [prepare(domain, parse_size(config.size), self.data.cache, **options) for config, domain in pairs]
        if side == "source":
            require_source_classes(opened, parts)
        return self._joined(side, parts)

    def _open(self, config: DomainConfig, side: str, labels: bool) -> Domain:
        domain = self._listed(config, config.split, labels)
        if labels:
            require_labels(domain, side, config)
        for text in domain.remarks:
            say_line(f"{domain.where}: {text}")
        return domain

    def _listed(self, config: DomainConfig, split: str, labels: bool = True) -> Domain:
        """A split of one of the domains; errors name its key."""
        with named_in_messages(key_of(self.data, config)):
            return open_domain(config, self.data.classes, split, labels, self.data.cache)

    def _joined(self, side: str, parts: Sequence[Prepared | None]) -> Prepared | None:
        """The domains of a side as one, without those that are None; None if all are."""
        configs = domains_of(self.data, side)
        if len(configs) == 1:
            return parts[0]
        found = [number for number, part in enumerate(parts) if part is not None]
        if not found:
            return None
        labels, shares = labels_of(configs), [config.share for config in configs]
        return join_domains([parts[number] for number in found], [labels[number] for number in found], shares, found)

    def _prepare_partly(self) -> tuple[Prepared, Prepared]:
        config, target = self.data.target, self.target
        domain = self._listed(config, config.split)
        if not domain.labelled:
            what = f"the target `{config.split}` split has no labels, {self.data.labelled_images} are wanted"
            raise DataError(config.root or config.name, what, "Give a root with labels")
        rows = labelled_rows(len(target), self.data.labelled_images)
        names = {target.names[row] for row in rows}
        part = dataclasses.replace(domain, pairs=[pair for pair in domain.pairs if pair.name in names])
        options = {"labels": True, "ledger": self.ledger, "purpose": "training"}
        some = prepare(part, parse_size(config.size), self.data.cache, **options)
        return labelled_stream(self.source, some), target.take(np.setdiff1d(np.arange(len(target)), rows))

    def _prepare_unseen(self) -> Prepared | None:
        return self._joined("target", [self._unseen_of(config) for config in domains_of(self.data, "target")])

    def _unseen_of(self, config: DomainConfig) -> Prepared | None:
        if config.name not in READERS or not literal_of(READERS, config.name, "data.readers", "holds_out", False):
            return None
        try:
            domain = self._listed(config, config.eval_split, labels=False)
        except DataError:
            return None
        return prepare(domain, parse_size(config.size), self.data.cache, labels=False)

    def held_out_for(self, purpose: str) -> Prepared | None:
        """`held_out`, whose labels are opened for a purpose of the ledger."""
        parts = [self._held_out_of(config, purpose) for config in domains_of(self.data, "target")]
        return self._joined("target", parts)

    def _held_out_of(self, config: DomainConfig, purpose: str) -> Prepared | None:
        domain = self._held_out_domain(config)
        if domain is None:
            return None
        options = {"labels": True, "ledger": self.ledger, "purpose": purpose}
        return prepare(domain, parse_size(config.size), self.data.cache, **options)

    def _held_out_domain(self, config: DomainConfig) -> Domain | None:
        """The split of a target to score on, opened once; None without labels."""
        return self._get(repr(config), lambda: self._open_held_out(config))

    def _open_held_out(self, config: DomainConfig) -> Domain | None:
        try:
            domain = self._listed(config, config.eval_split)
        except DataError as error:
            without_scores(config, error)
            return None
        return domain if domain.labelled else None

    def _open_labels(self) -> OpenLabels | None:
        if self.held_out is None:
            return None
        configs = domains_of(self.data, "target")
        domains = [self._held_out_domain(config) for config in configs]
        found = dict.fromkeys(name for domain in domains if domain for name in open_classes(domain))
        names = tuple(found)[: MOST_CLASSES - len(self.data.classes)]
        if not names:
            return None
        # The files are those of `held_out`, which the ledger has counted.
        options = {"labels": True, "purpose": "evaluation"}
        classes, parts = (*self.data.classes, *names), []
        for config, domain in zip(configs, domains, strict=True):
            told_apart = domain and dataclasses.replace(domain, classes=classes)
            size = parse_size(config.size)
            parts.append(told_apart and prepare(told_apart, size, self.data.cache, **options))
        joined = self._joined("target", parts)
        return OpenLabels(names, dict(zip(joined.names, joined.labels, strict=True)))
