"""YAML as plain data: strict, bounded, and with errors that name the file and the line."""

import re
from pathlib import Path

import yaml

from keras_uda.core.errors import UsageError

LARGEST_FILE = 1_000_000
DEEPEST_NESTING = 50


class _StrictLoader(yaml.SafeLoader):
    """YAML as data: no aliases, no duplicate keys, `1e-4` is a number, `no` and `on` are words."""

    def compose_node(self, parent, index):
        if self.check_event(yaml.AliasEvent):
            raise UsageError(_place(self.peek_event()), "aliases are not accepted", "Write the value out")
        self.depth = getattr(self, "depth", 0) + 1
        if self.depth > DEEPEST_NESTING:
            raise UsageError(_place(self.peek_event()), f"nested deeper than {DEEPEST_NESTING}", "Flatten it")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                raise UsageError(_place(key), "a key must be a word", "Write `name: value`")
            if key.value in seen:
                raise UsageError(_place(key), f"the key `{key.value}` stands twice", "Remove one of them")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_StrictLoader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":float", ":timestamp"))]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|false|False)$"), list("tTfF"))
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+|\.(?:inf|nan))$"),
    list("-+0123456789."),
)


def _place(part) -> str:
    return f"{part.start_mark.name}:{part.start_mark.line + 1}"


def load_yaml(path: Path | str) -> dict:
    """A YAML mapping from a file.

    Raises:
        UsageError: missing, too large, not UTF-8, not a mapping, a duplicate key, an alias, or not YAML at all.
    """
    return load_yaml_lines(path)[0]


def load_yaml_lines(path: Path | str) -> tuple[dict, dict[str, int]]:
    """`load_yaml`, and the line of every dotted key of its mappings."""
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UsageError(path, "larger than 1 MB", "A configuration is a small YAML file")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(path, f"cannot be read ({error.strerror})", "Check --config") from error
    except UnicodeDecodeError as error:
        raise UsageError(path, "not a UTF-8 text file", "A configuration is a YAML file") from error
    content, node = _parse(text, str(path))
    if not isinstance(content, dict):
        raise UsageError(path, "not a mapping of keys to values", "Look at the files in configs/ for the form")
    return content, _lines(node)


def _lines(node: yaml.Node, prefix: str = "") -> dict[str, int]:
    lines = {}
    for key, value in node.value if isinstance(node, yaml.MappingNode) else []:
        lines[prefix + key.value] = key.start_mark.line + 1
        lines |= _lines(value, f"{prefix}{key.value}.")
    return lines


def parse_yaml(text: str, name: str = "value"):
    """A YAML value under the strict rules; errors name `name` and the line."""
    return _parse(text, name)[0]


def _parse(text: str, name: str) -> tuple[object, yaml.Node | None]:
    if text.count("[") + text.count("{") > 10_000:
        raise UsageError(name, "too many brackets", "Flatten it")
    try:
        loader = _StrictLoader(text)
        loader.name = name
        node = loader.get_single_node()
        return (None if node is None else loader.construct_document(node)), node
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise UsageError(
            f"{name}{line}", f"not YAML ({getattr(error, 'problem', None) or error})", "Mend it"
        ) from error
    except ValueError as error:
        raise UsageError(name, f"not YAML ({error})", "Mend it") from error
