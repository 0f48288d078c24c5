"""JSON that anybody may have written: bounded in length, depth and memory, and without numbers that are none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from visualize.intake.fields import checked
from visualize.intake.regular_files import read_bytes
from visualize.intake.utf8 import decoded
from visualize.methods.errors import InputError, one_line, system_words
from visualize.printable import printable

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.intake.fields import Item, Reader


MEMORY = 800 << 20
"""Bytes that the parsed content of a file may take in memory, as far as its letters tell."""

_LONGEST = 4 << 30  # bytes of the longest files, which are tables of hundreds of thousands of pictures
_EACH = (
    (b"{", 232),
    (b"[", 88),
    (b'"', 30),
    (b",", 36),
)  # Python's objects, from 64 bits' sizes; texts have two quotes


def read(path: Path, reader: Reader[Item], *, memory: int = MEMORY, times: int = 0) -> Item:
    """The content of a JSON file, checked by its reader.

    Args:
        path: the file, in UTF-8, with or without a byte order mark.
        reader: what the content should be; see :mod:`visualize.intake.fields`.
        memory: bytes that the content may take.
        times: a long file's content may also take so many times the file's own length.

    Raises:
        InputError: the file cannot be read, is no JSON, is too large or too deep, or holds something else; one line
            says where.
    """
    return checked(load(path, memory=memory, times=times), reader, str(path))


def load(path: Path, *, memory: int = MEMORY, times: int = 0) -> Any:  # noqa: ANN401 (whatever the file holds)
    """The content of a JSON file, whatever it is; see :func:`read`, which also checks it.

    Raises:
        InputError: the file cannot be read, is no JSON, or is too large or too deep.
    """
    try:
        data = read_bytes(path, most=_LONGEST if times else memory)
    except OSError as fault:
        raise InputError(f"{printable(str(path))} cannot be read: {system_words(fault)}") from fault
    return parse(data, str(path), memory=max(memory, times * len(data)))


def parse(data: bytes, source: str, *, memory: int = MEMORY) -> Any:  # noqa: ANN401 (whatever the text holds)
    """The content of JSON text.

    Args:
        data: the text in UTF-8.
        source: where it comes from, for the error.
        memory: bytes that the content may take.

    Raises:
        InputError: it is no JSON, or is too large or too deep.
    """
    needed = sum(data.count(letter) * size for letter, size in _EACH) if len(data) > memory // 256 else 0
    if needed > memory:
        raise InputError(
            f"{printable(source)} holds so many values that they would take {needed / 1e9:.1f} GB of memory; at most "
            f"{memory / 1e9:.1f} GB are read"
        )
    try:
        content = json.loads(decoded(data, source), parse_constant=_refuse)
        if b"\\ud" in data or b"\\uD" in data:  # half of a pair of these is no letter, and no file could hold it
            json.dumps(content, ensure_ascii=False).encode()
    except InputError:
        raise
    except RecursionError as fault:
        raise InputError(f"{printable(source)} cannot be read: it is nested too deeply") from fault
    except ValueError as fault:  # no JSON, half a letter, or a whole number of thousands of digits
        reason = printable(one_line(fault)).partition(";")[0][:160]
        raise InputError(f"{printable(source)} cannot be read as JSON: {reason}") from fault
    return content


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"it holds {constant}, which is no number of JSON")
