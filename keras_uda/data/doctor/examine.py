"""Checks both domains before training: every bad file, pixels of each class, overlaps, and what looks suspicious."""

import os
from dataclasses import dataclass
from dataclasses import field

import numpy as np

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.field_types import parse_size
from keras_uda.config.several import domains_of
from keras_uda.config.several import key_of
from keras_uda.config.several import labels_of
from keras_uda.core.classes import id_lookup
from keras_uda.core.errors import DataError
from keras_uda.data.cache.workers import run_jobs
from keras_uda.data.doctor.examination import Finding
from keras_uda.data.doctor.examination import PairJob
from keras_uda.data.doctor.near_duplicates import alike
from keras_uda.data.doctor.near_duplicates import remark_across
from keras_uda.data.doctor.near_duplicates import remark_within
from keras_uda.data.doctor.remarks import by_digest
from keras_uda.data.doctor.remarks import contradictions
from keras_uda.data.doctor.remarks import remarks_on
from keras_uda.data.domain import Domain
from keras_uda.data.domain import named_in_messages
from keras_uda.data.domain import open_domain
from keras_uda.data.presence import REMEDY
from keras_uda.data.presence import absent
from keras_uda.data.presence import may_be_absent
from keras_uda.data.presence import reason
from keras_uda.data.problems import Problem
from keras_uda.data.readers.folder_layouts import SOUGHT
from keras_uda.data.readers.pairing import Pair

DRAWN = 40  # frames of a built-in world: enough to see the shares of the classes
DRAWN_SIZE = (256, 192)


@dataclass
class Examination:
    """One split of one domain.

    Args:
        title: `source train`, `target train`, `target val`.
        where: folder or name of the built-in world.
        domain: None if it could not be opened.
        findings: one per pair.
        problems: what must be repaired.
        remarks: what may be wrong.
        error: why it could not be opened.
    """

    title: str
    where: str
    domain: Domain | None = None
    findings: list[Finding] = field(default_factory=list, repr=False)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    error: DataError | None = None

    @property
    def pixels(self) -> np.ndarray | None:
        """int64 (256,): pixels of each train id in all labels; None without labels."""
        counted = [finding.pixels for finding in self.findings if finding.pixels is not None]
        return np.sum(counted, axis=0) if counted else None

    @property
    def images_with(self) -> np.ndarray:
        """int64 (256,): number of labels in which each train id occurs."""
        counted = [finding.pixels > 0 for finding in self.findings if finding.pixels is not None]
        return np.sum(counted, axis=0) if counted else np.zeros(256, int)


def examine(data: DataConfig, target_labels: bool = False) -> list[Examination]:
    """Opens and decodes everything that a run with this configuration would read.

    Args:
        data: both domains.
        target_labels: look at the labels of the target's training split too; unsupervised training never does.
    Returns:
        Source (if there is one), target, and the target split to score on.
    """
    results = []
    for side, label, config, part in parts_of(data):
        split = config.split if part == "train" else config.eval_split
        result = Examination(f"{side} {split}{label}", config.root or config.name)
        results.append(result)
        labels = side == "source" or part == "eval" or target_labels
        try:
            with named_in_messages(key_of(data, config)):
                result.domain = open_domain(config, tuple(data.classes), split, labels, data.cache)
        except DataError as error:
            _note_unopened(result, error, optional=part == "eval" and config.root is not None)
            continue
        if result.domain.built_in:
            result.findings = [_drawn(result.domain, pair) for pair in result.domain.pairs[:DRAWN]]
        else:
            examine_files(result, parse_size(config.size))
        if side == "source" and not data.sources:  # of several, another one may have it
            _note_absent(result)
    _find_overlaps(results)
    for train, held_out in zip(results, results[1:], strict=False):
        if train.title.startswith("target") and train.where == held_out.where:
            _find_near_duplicates(train, held_out)
    return results


def parts_of(data: DataConfig) -> list[tuple[str, str, DomainConfig, str]]:
    """(side, which of several, domain, `train` or `eval`): what is looked at, in order."""
    found = []
    for side, parts in (("source", ("train",)), ("target", ("train", "eval"))):
        configs = domains_of(data, side)
        labels = [f" of {label}" for label in labels_of(configs)] if len(configs) > 1 else [""]
        found += [(side, label, one, part) for label, one in zip(labels, configs, strict=False) for part in parts]
    return found


def _note_absent(result: Examination) -> None:
    """A chosen class without a pixel is a problem; of the built-in world only some frames were looked at."""
    domain, pixels = result.domain, result.pixels
    if may_be_absent(domain.classes) or (pixels is None and not domain.built_in):
        return
    if missing := absent(domain, None if domain.built_in else pixels):
        if not result.problems:  # nothing else is wrong: no file is bad
            result.error = DataError(domain.where, f"data.classes: {reason(domain, missing)}", REMEDY)
        result.problems.append(Problem("data.classes", f"{reason(domain, missing)}; {REMEDY[0].lower()}{REMEDY[1:]}"))


def draw(domain: Domain, frame: int) -> tuple[np.ndarray, np.ndarray]:
    """A small frame of a built-in world, and its label in train ids."""
    from keras_uda.world.render import render

    image, label = render(domain.name, frame, DRAWN_SIZE, domain.world_seed)
    return image, id_lookup(domain.class_map, domain.classes)[label]


def _drawn(domain: Domain, pair: Pair) -> Finding:
    _, label = draw(domain, pair.frame)
    return Finding(pair.name, [], pixels=np.bincount(label.ravel(), minlength=256))


def _note_unopened(result: Examination, error: DataError, optional: bool) -> None:
    listed = getattr(error, "problems", None)
    if optional and listed is None:
        result.remarks.append(f"no scores: {error}")
    else:
        result.error = error
        result.problems += listed or [Problem(result.where, str(error).removeprefix(f"{result.where}: "))]


def examine_domain(title: str, domain: Domain, size: tuple[int, int]) -> Examination:
    """One opened split of files, looked at on its own."""
    result = Examination(title, domain.where, domain)
    examine_files(result, size)
    return result


def examine_files(result: Examination, size: tuple[int, int]) -> None:
    """Adds findings, problems and remarks of the files of a domain that is open.

    Args:
        result: with its domain.
        size: (width, height) that the network sees.
    """
    domain = result.domain
    if result.title.startswith("source") and not domain.labelled:
        result.problems.append(Problem(result.where, f"the source has no labels; {SOUGHT}"))
    jobs = [
        PairJob(
            pair.name,
            os.path.abspath(pair.image),
            None if pair.label is None else os.path.abspath(pair.label),
            domain.class_map,
            domain.classes,
        )
        for pair in domain.pairs
    ]
    function = "keras_uda.data.doctor.examination:examine_pair"
    result.findings = run_jobs(function, jobs, f"examining {result.title}")
    for finding in result.findings:
        result.problems += [Problem(finding.name, reason) for reason in finding.reasons]
    result.problems += [Problem(result.where, line) for line in contradictions(domain, result.findings)]
    result.remarks += [*domain.remarks, *remarks_on(domain, result.findings, size)]


def _find_overlaps(results: list[Examination]) -> None:
    """The same image in two splits, by the hash of the file; the same frames of one built-in world."""
    for number, first in enumerate(results):
        for second in results[number + 1 :]:
            for name, other in _shared(first, second):
                second.problems.append(Problem(name, f"the same image is in {first.title} ({other})"))


def _find_near_duplicates(train: Examination, held_out: Examination) -> None:
    """Remarks on frames of a clip in the target; the reader of clips has left them out already."""
    domains = [result.domain for result in (train, held_out) if result.domain is not None]
    if any(domain.built_in or not domain.pairs[0].image.is_relative_to(domain.root) for domain in domains):
        return
    within, across = alike(train.findings, held_out.findings)
    if within:
        train.remarks.append(remark_within(within, len(train.findings)))
    if across:
        held_out.remarks.append(remark_across(across, len(held_out.findings)))


def _shared(first: Examination, second: Examination) -> list[tuple[str, str]]:
    if first.domain is None or second.domain is None:
        return []
    if first.domain.built_in or second.domain.built_in:
        same_world = first.where == second.where and first.domain.world_seed == second.domain.world_seed
        known = {pair.name for pair in first.domain.pairs} if same_world else set()
        return [(pair.name, pair.name) for pair in second.domain.pairs if pair.name in known]
    known = by_digest(first.findings)
    return [(f.name, known[f.digest][0]) for f in second.findings if f.digest and f.digest in known]
