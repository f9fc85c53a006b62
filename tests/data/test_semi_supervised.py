"""Some target images keep their labels: which, how often they come, and what is written down about it."""

import numpy as np
import pytest

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.method_spec import method_facts
from keras_uda.core.errors import UsageError
from keras_uda.data.domains import Domains
from keras_uda.data.ledger import LabelLedger
from keras_uda.data.semi_supervised import labelled_rows


def test_a_larger_count_holds_the_smaller_one():
    few, many = labelled_rows(20, 3), labelled_rows(20, 9)
    assert len(few) == 3 and set(few) < set(many)
    with pytest.raises(UsageError, match="20 training images"):
        labelled_rows(20, 20)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    small = {"size": "48x32", "eval_frames": 2}
    source, target = DomainConfig("sim", frames=9, **small), DomainConfig("street", frames=6, **small)
    return DataConfig(source=source, target=target, cache=str(tmp_path_factory.mktemp("cache")), labelled_images=2)


def test_both_domains_are_one_stream_and_the_ledger_knows(data):
    ledger = LabelLedger()
    domains = Domains(data, ledger)
    labelled, unlabelled = domains.of(method_facts("contrastive_memory_semi"))
    of_target = [name for name in labelled.images if "street" in name]
    assert len(set(of_target)) == 2 and len(of_target) == 8  # as many as the nine of the source, nearly
    assert len(labelled.images) == len(labelled.labels) == len(labelled.names) == len(labelled.digests) == 17
    assert len(unlabelled) == 4 and unlabelled.labels is None
    assert not set(of_target) & set(unlabelled.images)
    assert ledger.counts() == {"evaluation": 2, "training": 2}
    assert np.array_equal(labelled.images[:9], domains.source.images)


def test_other_methods_read_no_label_of_the_target(data):
    ledger = LabelLedger()
    source, target = Domains(data, ledger).of(method_facts("contrastive_memory"))
    assert len(source) == 9 and len(target) == 6 and "training" not in ledger.counts()


def test_domains_of_one_size_only(data):
    wide = DataConfig(
        source=DomainConfig("sim", size="64x32", frames=3, eval_frames=2), target=data.target, cache=data.cache,
        labelled_images=2,
    )  # fmt: skip
    with pytest.raises(UsageError, match="data.size"):
        Domains(wide, LabelLedger()).of(method_facts("contrastive_memory_semi"))
