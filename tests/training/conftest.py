"""What the whole runs of one file share."""

import pytest


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A folder for prepared data, and for runs that others begin with or are compared with."""
    return tmp_path_factory.mktemp("cache")
