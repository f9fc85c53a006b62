"""`weak-labels annotate`: mistakes before a page is served, and what the page is served with."""

import pytest

from keras_uda.commands import annotate as command
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from tests.weak_labels.annotator.test_session import make_images


@pytest.fixture
def served(tmp_path, monkeypatch):
    """The sessions that would be served."""
    monkeypatch.chdir(tmp_path)
    make_images(tmp_path / "images")
    calls = []
    monkeypatch.setattr(command, "serve", lambda session, port, browser: calls.append((session, port, browser)))
    return calls


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ([], UsageError, "--images: the folder of images is missing"),
        (["--images", "images", "--order", "usefull"], UsageError, "`usefull` is not an order"),
        (["--images", "images", "--output", "tags.txt"], UsageError, "does not end in .csv"),
        (["--images", "nowhere"], DataError, "no such folder"),
    ],
)
def test_mistakes_are_named_before_anything_is_served(served, arguments, error, message):
    with pytest.raises(error, match=message):
        command.annotate(arguments)
    assert not served


def test_a_folder_without_images_is_refused(served, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no image here"):
        command.annotate(["--images", "empty"])


def test_the_images_are_served_in_order(served, tmp_path):
    command.annotate(["--images", "images", "--order", "name", "--port", "0", "--output", "mine.csv"])
    ((session, port, browser),) = served
    assert session.images == sorted(session.images) and len(session.images) == 3
    assert (port, browser, session.output.name) == (0, False, "mine.csv")
