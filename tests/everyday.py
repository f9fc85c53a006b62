"""Which methods the everyday tests take, where a test takes seconds for each of them."""

from collections.abc import Iterable

import pytest

EVERYDAY = ("advent", "weaklabel", "dacs")  # discriminators; tags and points; a teacher and mixed images
IN_THE_CONTINUOUS_CHECK = (pytest.mark.slow, pytest.mark.ci)


def everyday(forms: Iterable, names: Iterable = EVERYDAY) -> list:
    """Parameters of a test: those of other methods belong to the slow tests of the continuous check.

    Args:
        forms: names of methods, or tuples that begin with one.
        names: of the methods that stand for all every day.
    """
    return [form if _name(form) in names else _slow(form) for form in forms]


def _name(form: str | tuple) -> str:
    return form if isinstance(form, str) else form[0]


def _slow(form: str | tuple):
    values = (form,) if isinstance(form, str) else form
    return pytest.param(*values, marks=IN_THE_CONTINUOUS_CHECK)
