"""What a step costs where something grows is drawn of the rows of that kind alone."""

from keras_uda.report.growth_figure import growth_figure

ROWS = {
    "advent": ([9.0], 9.0),
    "segmenter:tiny": ([0.5], 0.5),
    "advent:size:20x10": ([4.0, 6.0, 5.0], 2.0),
    "advent:size:10x5": ([1.0, 1.5, 1.2], None),
    "advent:batch:8": ([3.0], 1.5),
}


def test_every_quantity_is_a_column_of_step_and_memory():
    figure = growth_figure(ROWS)
    of_size, of_batch, memory_of_size, _ = figure.axes
    assert of_batch.get_ylim()[0] == 0 and of_batch.get_ylim()[1] > 6.0
    assert of_size.lines[0].get_xydata().tolist() == [[50, 1.2], [200, 5.0]]
    assert of_batch.lines[0].get_xydata().tolist() == [[8, 3.0]]
    assert memory_of_size.lines[0].get_xydata().tolist() == [[200, 2.0]]
    assert [segment[:, 1].tolist() for segment in of_size.collections[0].get_segments()] == [[1.0, 1.5], [4.0, 6.0]]


def test_nothing_is_drawn_where_nothing_grows():
    assert growth_figure({"advent": ([9.0], 9.0), "sampler:rare_class": ([1.0], 1.0)}) is None
