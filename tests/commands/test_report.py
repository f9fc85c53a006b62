"""`report` writes the page of a run again."""

import pytest

from keras_uda.commands import report as command
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from tests.fake_run import make_run


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("runs") / "advent-1")


def test_the_page_is_written_again(whole_run, tmp_path, capsys):
    command.main(["--run", str(whole_run)])
    assert "report.html" in capsys.readouterr().out
    with pytest.raises(UsageError):
        command.main(["--run", str(tmp_path / "nowhere")])
    with pytest.raises(DataError):
        command.main(["--run", str(tmp_path)])


def test_without_a_name_it_is_the_newest_finished_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="no finished run"):
        command.main([])
    for name, started in (("old", 1.0), ("new", 2.0)):
        folder = make_run(tmp_path / "runs" / name, frames=2)
        (folder / "run.json").write_text(f'{{"status": "finished", "started": {started}}}')
    command.main([])
    assert "runs/new/report.html" in capsys.readouterr().out and not (tmp_path / "runs/old/report.html").exists()
