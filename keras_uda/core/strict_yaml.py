"""YAML as plain data: strict, bounded, and with errors that name the file and the line.

The parser is ruamel.yaml's; what a scalar means is decided here. Plain `true`, `3`, `1e-4` and `null` are what they
look like; `no`, `1:30`, `0x1f` and `2026-01-01`, which YAML versions read differently, are text.
"""

import io
import re
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode
from ruamel.yaml.nodes import Node
from ruamel.yaml.nodes import ScalarNode

from keras_uda.core.errors import UsageError
from keras_uda.core.outside import MEGABYTE
from keras_uda.core.outside import read_text

LARGEST_FILE = MEGABYTE
REMEDY = "A configuration is a small YAML file: check --config"
DEEPEST_NESTING = 50
MOST_BRACKETS = 10_000
MOST_MARKS = 20_000  # lines, and characters between values: the parser takes a second for 50 000 of them
LONGEST_SCALAR = 10_000
LONGEST_NUMBER = 1000  # digits
UNWRITABLE = re.compile("[\0\ud800-\udfff]")  # in no text file and in no name of a file
TAG = "tag:yaml.org,2002:"
# Plain scalars by the tag that the parser gives them: the form that is accepted, and its value; others are text.
PLAIN = {
    "int": (re.compile(r"[-+]?(0|[1-9]\d*)"), int),
    "float": (re.compile(r"[-+]?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][-+]?\d+)?|[-+]?\.(inf|nan)"), None),
    "bool": (re.compile(r"true|True|false|False"), lambda text: text in ("true", "True")),
    "null": (re.compile(r"null|Null|NULL|~|"), lambda text: None),
    "timestamp": (re.compile(r"(?!)"), None),
    "str": (re.compile(r"(?!)"), None),
}


def load_yaml(path: Path | str) -> dict:
    """A YAML mapping from a file.

    Raises:
        UsageError: missing, too large, not UTF-8, not a mapping, a duplicate key, an alias, or not YAML at all.
    """
    return load_yaml_lines(path)[0]


def load_yaml_lines(path: Path | str) -> tuple[dict, dict[str, int]]:
    """`load_yaml`, and the line of every dotted key of its mappings."""
    text = read_text(path, LARGEST_FILE, error=UsageError, remedy=REMEDY)
    content, node = _parse(text, str(path))
    if not isinstance(content, dict):
        raise UsageError(path, "not a mapping of keys to values", "See the files in configs/ for examples")
    return content, _lines(node)


def parse_yaml(text: str, name: str = "value"):
    """A YAML value under the strict rules; errors name `name` and the line."""
    return _parse(text, name)[0]


def dump_yaml(content: dict) -> str:
    """Plain data as YAML, keys in their order; `parse_yaml` gives the same data back."""
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style, writer.sort_base_mapping_type_on_output = False, False
    writer.allow_unicode, writer.width = True, 120
    stream = io.StringIO()
    writer.dump(content, stream)
    return stream.getvalue()


def _parse(text: str, name: str) -> tuple[object, Node | None]:
    _require_small(text, name)
    try:
        node = YAML(typ="safe", pure=True).compose(text)
        return (None if node is None else _Reader(name).value(node, 0)), node
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        what = f"not YAML ({getattr(error, 'problem', None) or ' '.join(str(error).split())})"
        raise UsageError(f"{name}{line}", what, "Correct it") from error
    except RecursionError as error:
        raise UsageError(name, f"nested deeper than {DEEPEST_NESTING}", "Flatten it") from error
    except ValueError as error:
        raise UsageError(name, f"not YAML ({error})", "Correct it") from error


def _require_small(text: str, name: str) -> None:
    """Raises `UsageError` for what would keep the parser busy, before it begins."""
    if text.count("[") + text.count("{") > MOST_BRACKETS:
        raise UsageError(name, "too many brackets", "Flatten it")
    if sum(map(text.count, ("\n", "\r", ",", ":", "- "))) > MOST_MARKS:
        raise UsageError(name, f"more than {MOST_MARKS} lines and values", "A configuration is a small YAML file")
    depth = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        depth += 1 if bracket in "[{" else -1
        if depth > 4 * DEEPEST_NESTING:  # brackets in texts and comments count here; what is a level counts below
            raise UsageError(name, f"nested deeper than {DEEPEST_NESTING}", "Flatten it")


class _Reader:
    """Values of the nodes of one document.

    Args:
        name: of the file, for messages.
    """

    def __init__(self, name: str):
        self.name, self.visited = name, set()

    def error(self, node: Node, what: str, remedy: str) -> UsageError:
        return UsageError(f"{self.name}:{node.start_mark.line + 1}", what, remedy)

    def value(self, node: Node, depth: int):
        if id(node) in self.visited or node.anchor:
            raise self.error(node, "anchors and aliases are not accepted", "Write the value out")
        self.visited.add(id(node))
        if depth > DEEPEST_NESTING:
            raise self.error(node, f"nested deeper than {DEEPEST_NESTING}", "Flatten it")
        if isinstance(node, ScalarNode):
            return self.scalar(node)
        self.require_tag(node, "map" if isinstance(node, MappingNode) else "seq")
        if isinstance(node, MappingNode):
            return self.mapping(node, depth)
        return [self.value(one, depth + 1) for one in node.value]

    def mapping(self, node: MappingNode, depth: int) -> dict:
        content = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode) or key_node.tag == f"{TAG}merge":
                raise self.error(key_node, "a key must be a word", "Write `name: value`")
            key = self.value(key_node, depth + 1)
            if key in content:
                raise self.error(key_node, f"the key `{key}` stands twice", "Remove one of them")
            content[key] = self.value(value_node, depth + 1)
        return content

    def scalar(self, node: ScalarNode):
        if len(node.value) > LONGEST_SCALAR:
            raise self.error(node, f"a value of {len(node.value)} characters", f"At most {LONGEST_SCALAR} are accepted")
        if UNWRITABLE.search(node.value):
            raise self.error(node, "a value with a NUL, or with half a character", "Write a plain value")
        tag = str(node.tag).removeprefix(TAG)
        if tag not in PLAIN or (node.style and tag != "str"):
            self.require_tag(node, "str")
        form, convert = PLAIN[tag]
        if node.style or not form.fullmatch(node.value):
            return node.value
        if tag == "int" and len(node.value) > LONGEST_NUMBER:
            raise self.error(node, f"a number of {len(node.value)} digits", f"At most {LONGEST_NUMBER} are accepted")
        return convert(node.value) if convert else float(node.value.replace(".inf", "inf").replace(".nan", "nan"))

    def require_tag(self, node: Node, tag: str) -> None:
        if node.tag != TAG + tag:
            shown = str(node.tag).replace(TAG, "!!")
            raise self.error(node, f"not YAML data (the tag `{shown}` is not accepted)", "Write a plain value")


def _lines(node: Node, prefix: str = "") -> dict[str, int]:
    lines = {}
    for key, value in node.value if isinstance(node, MappingNode) else []:
        lines[prefix + key.value] = key.start_mark.line + 1
        lines |= _lines(value, f"{prefix}{key.value}.")
    return lines
