"""Packages that are named after a verb of the Python face: they can be called as the function of that name."""

import importlib
import inspect
from types import ModuleType


class CallablePackage(ModuleType):
    """`keras_uda.export(run)` calls `keras_uda.api.export.export`, though `keras_uda.export` is a package as well.

    A package sets it as its class: `sys.modules[__name__].__class__ = CallablePackage`.
    """

    def __call__(self, *arguments, **options):
        return _function(self)(*arguments, **options)

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(_function(self))


def _function(package: ModuleType):
    name = package.__name__.rpartition(".")[2]
    return getattr(importlib.import_module(f"keras_uda.api.{name}"), name)
