"""`ensemble`: finished runs, a new folder."""

import pytest

from keras_uda.__main__ import main
from keras_uda.runs.folder import RunFolder


@pytest.fixture
def joined(tmp_path, monkeypatch):
    """What would be joined."""
    monkeypatch.chdir(tmp_path)
    for name, status in (("a", "finished"), ("b", "finished"), ("half", "running")):
        (tmp_path / name).mkdir()
        RunFolder(tmp_path / name).update_record(status=status)
    calls = []

    def join_runs(members, shares, output, scored):
        calls.append(([member.path.name for member in members], shares, output.path.name, scored))

    monkeypatch.setattr("keras_uda.training.ensemble.join_runs", join_runs)
    return calls


@pytest.mark.parametrize(
    ("flags", "shares", "scored"), [([], None, True), (["--shares", "1", "3", "--no-scores"], [1.0, 3.0], False)]
)
def test_members_and_shares_reach_the_ensemble(joined, capsys, flags, shares, scored):
    assert main(["ensemble", "--members", "a", "b", "--output", "new", *flags]) == 0
    assert joined == [(["a", "b"], shares, "new", scored)]
    assert "next: python -m keras_uda export --run new" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--members", "a", "half", "--output", "new"], "half is not a finished run"),
        (["--members", "a", "nowhere", "--output", "new"], "nowhere is not a finished run"),
        (["--members", "a", "b", "--output", "half"], "half exists"),
        (["--members", "a", "b"], "--output"),
    ],
)
def test_what_cannot_be_meant_is_refused(joined, capsys, arguments, message):
    assert main(["ensemble", *arguments]) == 2
    assert message in capsys.readouterr().err and not joined
