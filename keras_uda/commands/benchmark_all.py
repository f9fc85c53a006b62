"""`benchmark all`: methods, add-ons, networks, samplers, transforms and growth in one table; see `benchmark_steps`."""

from keras_uda.commands.benchmark_steps import main_of_all


def main(arguments: list[str]) -> None:
    main_of_all(arguments)
