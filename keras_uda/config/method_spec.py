"""What a method takes and trains, read from its source: nothing is imported, so checks stay fast."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from keras_uda.config.names import EVERY_METHOD

PACKAGE = Path(__file__).resolve().parents[1]
# What a range of `config/ranges.py` is a range of.
PLAIN = {
    **dict.fromkeys(("Share", "OpenShare", "BelowOne", "Weight", "Positive", "Ramp", "Scale"), "float"),
    **dict.fromkeys(("Count", "Steps", "Width", "WidthOrNone", "Depth"), "int"),
    **dict.fromkeys(("Chances", "Crop", "Scales", "Levels", "PerClass"), "tuple[float, ...]"),
    "Sizes": "tuple[tuple[float, ...], ...]",
    "Policy": "str",
    "Literal['pseudo', 'oracle', 'point']": "str",
}


def method_arguments(method: str) -> dict[str, str]:
    """Keyword arguments of a method's class with their annotations, read from its source without importing it."""
    module, _, name = EVERY_METHOD[method].partition(".")
    arguments: dict[str, str] = {}
    for definition in _class_and_bases(module, name):
        for statement in definition.body:
            if isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
                for argument in statement.args.kwonlyargs:
                    annotation = ast.unparse(argument.annotation) if argument.annotation else "object"
                    arguments.setdefault(argument.arg, PLAIN.get(annotation, annotation))
    return arguments


def method_parts(method: str) -> tuple[str, ...]:
    """The parts of a method that have an optimiser each: `trains` of its class or of the nearest base."""
    return _literal(method, "trains")


def trains_every_level(method: str) -> bool:
    """Whether an auxiliary head has a loss in a method, which its log then shows; true where nothing is trained."""
    return bool(_literal(method, "level_reports")) or not method_parts(method)


def _literal(method: str, attribute: str) -> tuple[str, ...]:
    """An attribute of a method's class or of the nearest base."""
    module, _, name = EVERY_METHOD[method].partition(".")
    for definition in _class_and_bases(module, name):
        for statement in definition.body:
            if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == attribute:
                return ast.literal_eval(statement.value)
    raise AssertionError(f"{name} has no `{attribute}`")


def _class_and_bases(module: str, name: str) -> Iterator[ast.ClassDef]:
    tree = ast.parse((PACKAGE / "methods" / f"{module.replace('.', '/')}.py").read_text())
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            yield node
            for base in node.bases:
                yield from _find_class(tree, module, ast.unparse(base))


def _find_class(tree: ast.Module, module: str, name: str) -> Iterator[ast.ClassDef]:
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("keras_uda.methods."):
            if name in [alias.name for alias in node.names]:
                yield from _class_and_bases(node.module.removeprefix("keras_uda.methods."), name)
        elif isinstance(node, ast.ClassDef) and node.name == name:
            yield from _class_and_bases(module, name)


def fits(value: object, annotation: str) -> bool:
    """Whether a configured value can stand for an argument annotated `annotation`."""
    kinds = {"float": (int, float), "int": (int,), "bool": (bool,), "str": (str,)}
    for option in annotation.split(" | "):
        if option == "None" and value is None:
            return True
        if option.startswith(("tuple", "list", "Sequence")) and isinstance(value, (list, tuple)):
            inner = re.search(r"\[(\w+)", option)
            return all(fits(item, inner.group(1)) for item in value) if inner else True
        if option in kinds and isinstance(value, kinds[option]) and isinstance(value, bool) == (option == "bool"):
            return True
        if option not in kinds and not option.startswith(("None", "tuple", "list", "Sequence", "dict")):
            return True
        if option.startswith("dict") and isinstance(value, dict):
            return True
    return False
