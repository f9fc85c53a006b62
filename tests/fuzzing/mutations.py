"""Files that are nearly right, as strategies of hypothesis: from kept ones, by bytes, by words and by values."""

import json

from hypothesis import strategies as st

from tests.fuzzing.readers import READERS
from tests.fuzzing.readers import corpus

WORDS = (
    b"null", b"-1", b"1e999", b"NaN", b"9" * 5000, b"0b" + b"1" * 9000, b"1:1:1", b'"\\ud800"', b"\\u0000",
    b"\0", b"\xff", b"[" * 300, b"{" * 300, b'{"a":' * 300, b"&a ", b"*a", b"!!int ''", b"!!binary x",
    b"!!timestamp x", b"<<: ", b"? ", b"---\n", b"..", b"../../etc/passwd", b"/dev/zero", b",", b'"', b"\n",
    b"\r", b"\t", b": ", b"road", b"\xef\xbb\xbf", b"1" * 400, b"99999x99999", b"x" * 70_000,
    b"\xf0\x9f\x98\x80", b"true", b"1.5", b"1000000000000", b"PK\x05\x06", b"\xff\xff\xff\xff", b"\x80\x02",
    b"r\xff\xff\xff\x0f", b"\x00\x00\x00\x7f",
)  # fmt: skip
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.sampled_from(
        [10**30, 1e308, "", ".", "../x", "/dev/zero", "x" * 5000, "$\\frac{$", "\x1b[31m", "\u202e", "16x12"]
    )
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)


@st.composite
def spliced(draw, content: bytes) -> bytes:
    """A kept file with a few places overwritten, taken out, doubled, or with a word put in."""
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(content)))
        end = min(len(content), place + draw(st.sampled_from([0, 1, 2, 4, 16, 200])))
        new = draw(st.sampled_from(WORDS) | st.binary(max_size=8))
        kind = draw(st.sampled_from(["put", "cut", "double", "end"]))
        middle = {"put": new, "cut": b"", "double": content[place:end] * 3, "end": b""}[kind]
        content = content[:place] + middle + (b"" if kind == "end" else content[end:])
    return content[:200_000]


@st.composite
def revalued(draw, content: bytes) -> bytes:
    """A kept JSON file, or each of its lines, with a value replaced, a key lost or a key added."""
    lines = content.splitlines() if b"\n{" in content.strip() else [content]
    row = draw(st.integers(0, len(lines) - 1))
    try:
        value = json.loads(lines[row])
    except (ValueError, RecursionError):
        return draw(spliced(content))
    lines[row] = json.dumps(draw(changed(value))).encode()
    return b"\n".join(lines)


@st.composite
def changed(draw, value):
    if isinstance(value, dict) and value and draw(st.integers(0, 5)):
        key = draw(st.sampled_from(sorted(value)))
        kind = draw(st.sampled_from(["change", "change", "change", "lose", "add"]))
        if kind == "lose":
            return {k: v for k, v in value.items() if k != key}
        return value | (
            {key: draw(changed(value[key]))} if kind == "change" else {draw(st.text(max_size=6)): draw(VALUES)}
        )
    if isinstance(value, list) and value and draw(st.integers(0, 5)):
        place = draw(st.integers(0, len(value) - 1))
        return [*value[:place], draw(changed(value[place])), *value[place + 1 :]]
    return draw(VALUES)


def files_of(name: str) -> st.SearchStrategy[bytes]:
    """What a reader is given."""
    kept = st.sampled_from([path.read_bytes() for path in corpus(name)])
    ways = kept.flatmap(spliced) | st.binary(max_size=64)
    return ways if READERS[name].kind == "bytes" else kept.flatmap(revalued) | ways
