"""Both domains of a run: what a method gets, what is never opened, and what is scored."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.data_schema import SharedDomainConfig
from keras_uda.config.method_spec import method_facts
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.data.domains import Domains
from keras_uda.data.ledger import LabelLedger
from tests.data import making
from tests.pictures import frame
from tests.predict.clips import make_clip


@pytest.fixture
def data(tmp_path):
    """Folders of eight pairs each, the target with three frames to score on."""
    source, target = (making.make_folder(tmp_path / name, seed=seed) for name, seed in (("source", 0), ("target", 50)))
    making.make_folder(target, ["x", "y", "z"], split="val", seed=90)
    folders = {"name": "folder", "size": "32x16"}
    return DataConfig(
        source=DomainConfig(**folders, root=str(source)), target=DomainConfig(**folders, root=str(target))
    )


@pytest.mark.parametrize(
    ("method", "source", "target", "labelled"),
    [
        ("advent", True, True, False),
        ("source_only", True, False, None),
        ("adabn", False, True, False),
        ("oracle", False, True, True),
    ],
)
def test_a_method_gets_what_it_reads(data, method, source, target, labelled):
    ledger = LabelLedger()
    domains = Domains(data, ledger).of(method_facts(method))
    assert [domain is not None for domain in domains] == [source, target]
    if source:
        assert len(domains[0].labels) == 8
    if target:
        assert (domains[1].labels is not None) == labelled
    assert ("oracle" in ledger.purposes) == bool(labelled)


def test_transforms_see_a_target_that_the_batches_do_not_hold(data):
    changed = dataclasses.replace(data, transforms={"lab": {}})
    facts = method_facts("source_only")
    partner = Domains(changed, LabelLedger()).partner_of(facts)
    assert len(partner) == 8 and partner.labels is None
    assert Domains(data, LabelLedger()).partner_of(facts) is None
    assert Domains(changed, LabelLedger()).partner_of(method_facts("advent")) is None
    assert Domains(changed, LabelLedger()).partner_of(method_facts("adabn")) is None


def test_frames_to_score_on_are_not_trained_on(data):
    target = DomainConfig(name="folder", root=data.target.root, size="32x16", eval_split="train")
    with pytest.raises(DataError, match="also to score on"):
        Domains(dataclasses.replace(data, target=target), LabelLedger()).of(method_facts("advent"))


def test_a_domain_is_prepared_once(data):
    domains = Domains(data, LabelLedger())
    assert domains.source is domains.source and domains.target is domains.target


def test_pictures_have_labels_where_they_fit(data):
    images, labels = Domains(data, LabelLedger()).pictures(2)
    assert images.shape == (2, 16, 32, 3) and labels is None  # labels have the size of their files, 65x33
    size = dataclasses.replace(data.target, size="65x33")
    images, labels = Domains(dataclasses.replace(data, target=size), LabelLedger()).pictures(2)
    assert labels.shape == images.shape[:3] == (2, 33, 65)


def test_without_frames_to_score_there_are_pictures_of_the_target(data, capsys):
    target = dataclasses.replace(data.target, eval_split="test")
    domains = Domains(dataclasses.replace(data, target=target), LabelLedger())
    assert domains.held_out is None and "no scores: " in capsys.readouterr().err
    images, labels = domains.pictures(3)
    assert len(images) == 3 and labels is None
    assert all(label is None for _, _, label in domains.evaluation())


def test_scores_are_of_labels_at_their_own_size(data):
    frames = list(Domains(data, LabelLedger()).evaluation(limit=2))
    assert [name for name, _, _ in frames] == ["x.png", "z.png"]
    assert all(image.shape == (16, 32, 3) and label.shape == (33, 65) for _, image, label in frames)
    np.testing.assert_array_equal(frames[0][2], making.ids(90, [0, 2, 8, 10, 13, 255]))


def test_a_source_without_labels_is_refused(data, tmp_path):
    images = making.make_folder(tmp_path / "images only", labels=False)
    source = dataclasses.replace(data.source, root=str(images))
    with pytest.raises(DataError, match="source `train` split has no labels"):
        _ = Domains(dataclasses.replace(data, source=source), LabelLedger()).source


def test_pictures_of_footage_are_of_the_held_out_clip(tmp_path, capsys):
    for name, first in (("a", 0), ("b", 100)):
        draw = lambda index, first=first: frame(first + index, 80, 48)  # noqa: E731
        make_clip(tmp_path / "drive" / f"{name}.mp4", frames=30 if name == "a" else 10, rate=10, draw=draw)
    target = DomainConfig("footage", str(tmp_path / "drive"), "64x48", arguments={"every_seconds": 0.5})
    domains = Domains(DataConfig(target=target, cache=str(tmp_path / "cache")), LabelLedger())
    assert len(domains.target) == 6 and "held out (`val`): b.mp4" in capsys.readouterr().out
    assert domains.held_out is None and domains.unseen.names == ["b.mp4/000000.000s.jpg", "b.mp4/000000.500s.jpg"]
    assert [name for name, _, label in domains.evaluation() if label is None] == domains.unseen.names
    images, labels = domains.pictures(1)
    assert images.shape == (1, 48, 64, 3) and labels is None


@pytest.fixture
def several(data, tmp_path):
    """Two sources and three targets; the last target has no labels to score on."""
    making.make_folder(tmp_path / "more", seed=30)
    entry = {"name": "folder", "size": "32x16"}
    sources = [SharedDomainConfig(**entry, root=str(tmp_path / name)) for name in ("source", "more")]
    other = making.make_folder(tmp_path / "other", seed=60)
    making.make_folder(other, ["v"], split="val", seed=95)
    making.make_folder(tmp_path / "bare", seed=70, labels=False)
    targets = [
        SharedDomainConfig(**entry, root=str(tmp_path / name), share=share)
        for name, share in (("target", 1), ("other", 3), ("bare", 1))
    ]
    return dataclasses.replace(data, sources=tuple(sources), targets=tuple(targets))


def test_several_sources_and_targets_are_one_of_each(several):
    domains = Domains(several, LabelLedger())
    source, target = domains.of(method_facts("advent"))
    assert len(source) == 16 and source.shares == (1, 1) and len(source.labels) == 16
    assert len(target) == 24 and target.shares == (1, 3, 1) and target.labels is None
    assert target.names[0].startswith("target/") and target.names[-1].startswith("bare/")
    held_out = domains.held_out
    assert sorted(held_out.names) == ["other/v.png", "target/x.png", "target/y.png", "target/z.png"]


def test_what_is_wrong_with_one_of_several_names_it(several):
    targets = (several.targets[0], SharedDomainConfig("folder", size="32x16"))
    with pytest.raises(UsageError, match="^data.targets.1.root: `folder` needs a folder. Give --data.targets.1.root.$"):
        _ = Domains(dataclasses.replace(several, targets=targets), LabelLedger()).target
    sources = (dataclasses.replace(several.sources[0], class_map="away.yaml"), several.sources[1])
    with pytest.raises(UsageError, match="^data.sources.0.class_map: `away.yaml` is neither"):
        _ = Domains(dataclasses.replace(several, sources=sources), LabelLedger()).source


def test_labels_of_all_targets_are_needed_to_train_on_them(several):
    with pytest.raises(DataError, match="the target `train` split has no labels"):
        _ = Domains(several, LabelLedger()).labelled_target
    both = dataclasses.replace(several, targets=several.targets[:2])
    assert len(Domains(both, LabelLedger()).labelled_target.labels) == 16


def test_a_class_may_be_absent_from_one_of_several_sources(several, tmp_path):
    making.save(tmp_path / "more" / "labels" / "train" / "0000.png", np.full((33, 65), 17, "uint8"))
    classes = CITYSCAPES[:1] + CITYSCAPES[17:18]
    maps = {"class_map": {"classes": {"road": [0], "motorcycle": [17]}, "unknown": "ignore"}}
    sources = tuple(dataclasses.replace(one, **maps) for one in several.sources)
    both = dataclasses.replace(several, classes=classes, sources=sources)
    assert len(Domains(both, LabelLedger()).source) == 16
    with pytest.raises(DataError, match="no source pixel of `motorcycle`"):
        _ = Domains(dataclasses.replace(both, sources=(), source=sources[0]), LabelLedger()).source


def test_open_classes_of_the_labels_are_told_apart_beside_those_that_are_scored(data):
    few = dataclasses.replace(data, classes=("road", "building"))
    map_of_labels = {"classes": {"road": [0], "building": [2], "sky": [10], "car": [13]}, "ignore": [8, 255]}
    target = dataclasses.replace(data.target, class_map=map_of_labels, merge={"car": "building"})
    ledger = LabelLedger()
    domains = Domains(dataclasses.replace(few, target=target), ledger)
    opened = domains.open_labels
    assert opened.names == ("sky",) and set(opened.files) == set(domains.held_out.names)
    assert ledger.counts() == {"evaluation": 3}
    for name, file in zip(domains.held_out.names, domains.held_out.labels, strict=True):
        scored, told_apart = (np.array(Image.open(one)) for one in (file, opened.files[name]))
        np.testing.assert_array_equal(np.where(told_apart == 2, 255, told_apart), scored)
        assert set(np.unique(told_apart)) == {0, 1, 2, 255}
    assert Domains(data, LabelLedger()).open_labels is None


def test_merged_classes_must_be_there(data):
    for merge, text in (({"van": "car"}, "has no class `van`"), ({"car": "van"}, "`van` is not a class")):
        wrong = dataclasses.replace(data, target=dataclasses.replace(data.target, merge=merge))
        with pytest.raises(UsageError, match=text):
            _ = Domains(wrong, LabelLedger()).held_out


def test_all_classes_of_the_labels_may_be_merged_into_others(data, capsys):
    """A name that is nearly one of the segmenter's is no mistake where it is merged."""
    few = ("motorcycle", "car")
    map_of_labels = {"classes": {"motorcycles": [0], "lorry": [2]}, "unknown": "ignore"}
    target = dataclasses.replace(data.target, class_map=map_of_labels)
    with pytest.raises(UsageError, match="Did you mean `motorcycle`"):
        _ = Domains(dataclasses.replace(data, classes=few, target=target), LabelLedger()).held_out
    merged = dataclasses.replace(target, merge={"motorcycles": "motorcycle", "lorry": "car"})
    domains = Domains(dataclasses.replace(data, classes=few, target=merged), LabelLedger())
    assert {*np.unique([np.array(Image.open(file)) for file in domains.held_out.labels])} == {0, 1, 255}
    assert domains.open_labels is None and "ignored" not in capsys.readouterr().err
