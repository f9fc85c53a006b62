"""Packs `configs/` into the package, as `keras_uda/configs/`; everything else is in pyproject.toml."""

from setuptools import find_packages
from setuptools import setup

setup(
    packages=[*find_packages(include=["keras_uda*"]), "keras_uda.configs"],
    package_dir={"keras_uda.configs": "configs"},
)
