"""Bad files made of good ones: the same mutations at every run."""

from __future__ import annotations

import copy
import csv
import io
import json
import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Case = tuple[str, bytes]
"""What is wrong, and the content of the file."""

_RAW = {"@nan": "NaN", "@inf": "Infinity", "@1e400": "1e400", "@digits": "9" * 5000, "@pair": '"\\ud800"'}
_VALUES: tuple[tuple[str, Any], ...] = (
    ("null", None),
    ("true", True),
    ("minus one", -1),
    ("half", 0.5),
    ("1e300", 1e300),
    ("ten to the 18", 10**18),
    ("not a number", "@nan"),
    ("infinity", "@inf"),
    ("1e400", "@1e400"),
    ("5,000 digits", "@digits"),
    ("half a letter", "@pair"),
    ("nothing", ""),
    ("a long text", "x" * 100_000),
    ("a path upwards", "../../../../etc/passwd"),
    ("a zero byte", "a\0b"),
    ("an empty list", []),
    ("an empty object", {}),
    ("a list of lists", [[1, [2, [3]]]]),
    ("an object of objects", {"a": {"b": {"c": 1}}}),
)
_CELLS = (
    "", "nan", "inf", "-inf", "-1", "0", "0.5", "1.5", "1e300", "1e400", "9" * 400, "99999999999", "x", "1;2;3", "NULL",
    "../../../etc/passwd", "/etc/passwd", "\x1b[31mred", "\u202egnp.x", "=1+1", "a" * 3000, "True", "1_000", "\u0661",
)  # fmt: skip


def of_json(content: Any, seed: int = 0, most: int = 60) -> Iterator[Case]:  # noqa: ANN401 (any JSON)
    """Bad JSON: first what is none, or far too deep; then values of wrong kinds at every place, as chance has it."""
    yield from _no_text(json.dumps(content).encode())
    yield "nested 100,000 deep", b"[" * 100_000
    yield "nested 900 deep", b"[" * 900 + b"]" * 900
    yield "objects nested deep", b'{"a":' * 50_000
    yield "a bare number", b"3"
    yield "a bare list", b"[]"
    yield "an empty object", b"{}"
    yield "a trailing comma", json.dumps(content).encode()[:-1] + b",}"
    yield "two documents", json.dumps(content).encode() * 2
    places = list(_places(content))
    chance = random.Random(seed)
    pairs = [(place, value) for place in places for value in (("missing", _MISSING), *_VALUES)]
    for place, (name, value) in sorted(chance.sample(pairs, min(most, len(pairs))), key=repr):
        yield f"{'.'.join(map(str, place))}: {name}", _written(_with(content, place, value))


_MISSING = object()


def _places(content: Any) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 (any JSON)
    entries = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in entries:
        yield (key,)
        yield from ((key, *rest) for rest in _places(value))


def _with(content: Any, place: Sequence[Any], value: object) -> Any:  # noqa: ANN401 (any JSON)
    changed = inner = copy.deepcopy(content)
    for key in place[:-1]:
        inner = inner[key]
    if value is _MISSING:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return changed


def _written(content: Any) -> bytes:  # noqa: ANN401 (any JSON)
    text = json.dumps(content)
    for mark, raw in _RAW.items():
        text = text.replace(f'"{mark}"', raw)
    return text.encode()


def of_table(text: str, seed: int = 0, most: int = 60, separator: str = ",") -> Iterator[Case]:
    """Bad tables: no text, no columns, columns and lines twice; then cells of wrong kinds, as chance has it."""
    rows = list(csv.reader(io.StringIO(text), delimiter=separator))

    def joined(some: Sequence[Sequence[str]]) -> bytes:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n", delimiter=separator).writerows(some)
        return out.getvalue().encode()

    yield from _no_text(text.encode())
    yield "only blank lines", b"\n\n\n"
    yield "an open quote", text.encode() + b'"never closed'
    yield "a cell of a million letters", text.encode() + b"x" * 1_000_000
    yield "a line twice", joined([*rows, rows[-1]])
    yield "a line too long", joined([*rows[:-1], [*rows[-1], "more", "still more"]])
    yield "another separator", text.replace(separator, "|").encode()
    for place in range(len(rows[0])):
        yield f"the column {rows[0][place]} missing", joined([[*row[:place], *row[place + 1 :]] for row in rows])
        yield f"the column {rows[0][place]} twice", joined([[*row, *row[place : place + 1]] for row in rows])
    chance = random.Random(seed)
    places = [
        (line, place, cell) for line in range(1, len(rows)) for place in range(len(rows[line])) for cell in _CELLS
    ]
    for line, place, cell in sorted(chance.sample(places, min(most, len(places)))):
        changed = copy.deepcopy(rows)
        changed[line][place] = cell
        yield f"line {line + 1}, cell {place + 1}: {cell[:20]!r}", joined(changed)


def of_lines(text: str) -> Iterator[Case]:
    """Bad texts of one thing a line."""
    yield from _no_text(text.encode())
    first, *rest = text.splitlines()
    for name, line in (
        ("a huge number", first.replace("1", "9" * 30)), ("a number of 5,000 digits", first.replace("1", "9" * 5000)),
        ("a negative number", first.replace("1", "-1")), ("a zero byte", f"{first}\0"), ("no number", "words alone"),
        ("a long line", "x" * 1_000_000), ("1e400", first.replace("1", "1e400")),
    ):  # fmt: skip
        yield name, "\n".join([line, *rest, ""]).encode()


def of_bytes(content: bytes, seed: int = 0, most: int = 40) -> Iterator[Case]:
    """Bad binary files: cut, doubled, zeroed, with bits flipped and bytes overwritten."""
    chance = random.Random(seed)
    yield "nothing", b""
    yield "a single byte", content[:1]
    yield "zeros", bytes(len(content))
    yield "ones", b"\xff" * len(content)
    yield "a text", b"this is a text\n" * 20
    for share in (0.1, 0.3, 0.5, 0.7, 0.9, 0.99):
        yield f"cut to {share:.0%}", content[: int(share * len(content))]
    yield "without its first byte", content[1:]
    yield "after ten other bytes", b"0123456789" + content
    for number in range(most):
        bad = bytearray(content)
        start, length = chance.randrange(len(bad)), chance.choice([1, 1, 2, 4, 8, 64])
        for place in range(start, min(start + length, len(bad))):
            bad[place] = chance.choice([0, 255, bad[place] ^ 1 << chance.randrange(8), chance.randrange(256)])
        yield f"{length} bytes from {start} overwritten ({number})", bytes(bad)


def _no_text(content: bytes) -> Iterator[Case]:
    yield "nothing", b""
    yield "no text", b"\xff\xfe\xfa\x00" * 10
    yield "zero bytes", bytes(1000)
    yield "in UTF-16", content.decode().encode("utf-16")
    yield "half of it", content[: len(content) // 2]
