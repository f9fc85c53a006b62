"""Every name of every table is a file that holds what the table says."""

from typing import Any

import pytest

from keras_uda.config import names
from keras_uda.config.source_code import arguments_of

TABLES = {
    "METHODS": "methods",
    "STAGE_METHODS": "methods",
    "ADD_ONS": "methods.add_ons",
    "SEGMENTERS": "segmenters",
    "READERS": "data.readers",
    "TRANSFORMS": "augment",
    "SAMPLERS": "data.samplers",
    "OPTIMIZERS": "optimizers",
    "SCHEDULES": "optimizers",
    "OPTIONAL_QUANTIZATIONS": "export",
}
ENTRIES = [(table, name) for table in TABLES for name in getattr(names, table)]


@pytest.mark.parametrize(("table", "name"), ENTRIES)
def test_every_name_resolves(table, name):
    assert callable(names.resolve(getattr(names, table), name, TABLES[table]))


def test_no_table_is_forgotten():
    tables = {name for name, value in vars(names).items() if isinstance(value, dict) and name.isupper()}
    assert tables == {*TABLES, "EVERY_METHOD"}


@pytest.mark.parametrize(("table", "name"), ENTRIES)
def test_every_option_has_a_type_that_is_checked(table, name):
    found = arguments_of(getattr(names, table), name, TABLES[table])
    assert not [option for option, argument in found.items() if argument.type is Any]
