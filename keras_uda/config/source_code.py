"""What a class or function says of itself, read from its source: nothing is imported, so that checks stay fast.

Facts are literals (class attributes, arguments of a decorator); options are keyword-only arguments (or the fields of a
dataclass) whose annotations use the names of `ranges.py`.
"""

import ast
import importlib.util
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from typing import Literal
from typing import NamedTuple

from keras_uda.config import ranges

MISSING = object()
NAMES = {name: value for name, value in vars(ranges).items() if name[0].isupper() and name != "Field"}
NAMES |= {"Literal": Literal, "Any": Any}
NAMES |= {kind.__name__: kind for kind in (int, float, bool, str, tuple, list, dict)}


class Argument(NamedTuple):
    """An option: its type with its range, and its default; `MISSING` where it must be given or is no literal."""

    type: object
    default: object


class Definition(NamedTuple):
    """A class or function, and the module that it stands in."""

    node: ast.ClassDef | ast.FunctionDef
    module: str


def definitions(table: dict[str, str], name: str, package: str) -> list[Definition]:
    """The class behind a name of a table and its bases, nearest first; or the function alone.

    Args:
        table, name, package: as for `names.resolve`.
    """
    module, _, attribute = table[name].rpartition(".")
    found = list(_with_bases(f"keras_uda.{package}.{module}", attribute))
    if not found:
        raise LookupError(f"`{name}` is `{table[name]}` in config/names.py, but {module}.py has no `{attribute}`")
    return found


def arguments_of(table: dict[str, str], name: str, package: str) -> dict[str, Argument]:
    """The options behind a name of a table: keyword-only arguments, those of bases behind the own ones."""
    arguments: dict[str, Argument] = {}
    for definition in definitions(table, name, package):
        for argument, annotation, default in _signature(definition.node):
            arguments.setdefault(argument, Argument(_type(annotation, definition.module), _literal(default, MISSING)))
    return arguments


def literal_of(table: dict[str, str], name: str, package: str, attribute: str, default: object = MISSING) -> object:
    """A class attribute that is a literal, of the class or of its nearest base that has it."""
    return literals_of(table, name, package, {attribute: default})[attribute]


def literals_of(table: dict[str, str], name: str, package: str, defaults: dict[str, object]) -> dict[str, object]:
    """Class attributes that are literals, each of the class or of its nearest base that has it.

    Args:
        table, name, package: as for `names.resolve`.
        defaults: attribute -> its value where it is nowhere or is no literal; `MISSING`: it must be somewhere.
    """
    found: dict[str, ast.expr] = {}
    for definition in definitions(table, name, package):
        for statement in definition.node.body:
            if isinstance(statement, ast.Assign):
                found.setdefault(ast.unparse(statement.targets[0]), statement.value)
    for attribute, default in defaults.items():
        assert attribute in found or default is not MISSING, f"{table[name]} has no `{attribute}`"
    return {key: _literal(found[key], default) if key in found else default for key, default in defaults.items()}


def literal_beside(table: dict[str, str], name: str, package: str, attribute: str, default: object) -> object:
    """A constant of the module behind a name that is a literal; `default` where it has none."""
    module = definitions(table, name, package)[0].module
    for statement in _tree(module).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == attribute:
            return ast.literal_eval(statement.value)
    return default


def decorator_of(table: dict[str, str], name: str, package: str, decorator: str) -> dict[str, object]:
    """The literal keyword arguments of a decorator; empty without it."""
    for call in definitions(table, name, package)[0].node.decorator_list:
        if isinstance(call, ast.Call) and ast.unparse(call.func) == decorator:
            return {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    return {}


def _with_bases(module: str, name: str) -> Iterator[Definition]:
    for node in _tree(module).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node.name == name:
            yield Definition(node, module)
            for base in getattr(node, "bases", []):
                yield from _with_bases(module, ast.unparse(base))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("keras_uda."):
            if name in [alias.asname or alias.name for alias in node.names]:
                yield from _with_bases(node.module, name)


def _tree(module: str) -> ast.Module:
    found = importlib.util.find_spec(module)
    if found is None:
        raise LookupError(f"a table of config/names.py names {module.replace('.', '/')}.py, which is not there")
    path = Path(found.origin)
    return _parsed(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=None)
def _parsed(path: Path, modified: int) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _signature(node: ast.ClassDef | ast.FunctionDef) -> Iterator[tuple[str, ast.expr | None, ast.expr | None]]:
    """(name, annotation, default) of every keyword-only argument, or field of a dataclass."""
    if isinstance(node, ast.FunctionDef):
        for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
            yield argument.arg, argument.annotation, default
        return
    is_dataclass = any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list)
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
            yield from _signature(statement)
        elif isinstance(statement, ast.AnnAssign) and is_dataclass:
            yield statement.target.id, statement.annotation, statement.value


def _type(annotation: ast.expr | None, module: str) -> object:
    """The type that an annotation means; it may use names of the file that are made of the known ones.

    Raises:
        LookupError: it uses other names, so that nothing could be checked.
    """
    if annotation is None:
        return Any
    try:
        return eval(compile(ast.Expression(annotation), "<annotation>", "eval"), {"__builtins__": {}}, NAMES)
    except (NameError, TypeError, AttributeError) as error:
        if isinstance(annotation, ast.Name):
            for statement in _tree(module).body:
                if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == annotation.id:
                    return _type(statement.value, module)
        what = f"{module.replace('.', '/')}.py:{annotation.lineno}: the configuration cannot read the annotation"
        raise LookupError(f"{what} `{ast.unparse(annotation)}`; use the names of config/ranges.py") from error


def _literal(node: ast.expr | None, default: object) -> object:
    """The value of a literal, or of a product or quotient of numbers."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Div, ast.Mult)):
        left, right = _literal(node.left, default), _literal(node.right, default)
        return left / right if isinstance(node.op, ast.Div) else left * right
    try:
        return default if node is None else ast.literal_eval(node)
    except ValueError:
        return default
