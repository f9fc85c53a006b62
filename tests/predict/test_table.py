"""Tables of killed calls are continued."""

from keras_uda.predict.table import Rows


def test_half_a_line_is_forgotten_and_the_last_row_counts(tmp_path):
    columns = ("frame", "confidence")
    with Rows(tmp_path / "a.csv", columns, False) as rows:
        for number, confidence in [(0, 0.5), (1, None), (0, 0.25)]:
            rows.add(number, confidence)
    with (tmp_path / "a.csv").open("a") as stream:
        stream.write("2,0.1")
    with Rows(tmp_path / "a.csv", columns, True) as rows:
        assert rows.earlier == {"0": ["0", "0.25"], "1": ["1", ""]}
        rows.finish(range(9))
        assert rows.column("confidence") == ["0.25", ""]
    assert (tmp_path / "a.csv").read_text() == "frame,confidence\n0,0.25\n1,\n"
