"""What each of several domains has of the images."""

from types import SimpleNamespace

import pytest

from keras_uda.report.shares import shares


def said(**data) -> str:
    return shares(SimpleNamespace(setting=lambda *key: data.get(key[-1])))


def test_each_side_that_is_a_list_has_a_sentence():
    sources = [{"name": "sim", "share": 2}, {"name": "folder", "root": "/data/mine"}, {"name": "drive", "share": 1.0}]
    targets = [{"name": "street", "share": 1}, {"name": "street_motorway", "share": 3}]
    told = "Of the images of the source, 50 % from sim, 25 % from mine, 25 % from drive."
    assert said(sources=sources, targets=[]) == told
    both = said(sources=sources, targets=targets)
    assert both == told + " Of the images of the target, 25 % from street, 75 % from street_motorway."


def test_one_domain_has_none():
    assert said() == said(sources=[{"name": "sim"}]) == ""


@pytest.mark.parametrize("share", ["much", None, -1, 0, float("inf"), float("nan"), [1]])
def test_a_share_of_a_stranger_that_cannot_be_meant_is_left_out(share):
    entries = [{"name": "sim", "share": share}, 3, {"name": "drive"}]
    assert said(sources=entries) == "" and said(sources=share) == ""
    assert (
        said(sources=[*entries, {"name": "street"}])
        == "Of the images of the source, 50 % from drive, 50 % from street."
    )
