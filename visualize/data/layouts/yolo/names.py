"""Names of YOLO's classes: ``names:`` of a ``data.yaml``, in the forms that it is written in, or a list in text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from visualize.data.files.text_files import read_lines
from visualize.data.layouts.masks.name_tables import read_names
from visualize.data.layouts.walk import walk
from visualize.methods.errors import InputError
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

LISTS = ("classes.txt", "obj.names", "names.txt")
"""Files that list one name a line."""

_MOST, _LONGEST = 0xFFFE, 500  # classes, and letters of a name
_KEY = re.compile(r"names\s*:(?:\s+(.*))?")
_QUOTED = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'"
_FLOW = re.compile(rf"\s*(?:([0-9]{{1,9}})\s*:\s+)?({_QUOTED}|[^\s,\[\]{{}}\"'#&*!|>%@`-][^,\[\]{{}}#]*?)\s*(?:,|$)")
_ITEM = re.compile(rf"\s*-\s+({_QUOTED}|[^\s\[\]{{}}\"'#&*!|>%@`].*?)\s*(?:#.*)?")
_ENTRY = re.compile(rf"\s+['\"]?([0-9]{{1,9}})['\"]?\s*:\s+({_QUOTED}|[^\s\[\]{{}}\"'#&*!|>%@`].*?)\s*(?:\s#.*)?")


def names_file(root: Path) -> Path | None:
    """The file that names the classes: ``data.yaml``, another YAML file with ``names:``, or a list of names."""
    files = [folder / name for folder, _, files in walk(root, depth=0) for name in files]
    yaml = [path for path in files if path.suffix.lower() in {".yaml", ".yml"}]
    for path in sorted(yaml, key=lambda path: path.stem.lower() != "data"):
        try:
            if any(_KEY.fullmatch(line.rstrip()) for line in read_lines(path)):
                return path
        except InputError:
            continue
    return next((root / name for name in LISTS if (root / name).is_file()), None)


def class_names(path: Path) -> dict[int, str]:
    """Names by class, from 0.

    Args:
        path: a YAML file with ``names:``, or a text of one name a line.

    Raises:
        InputError: it cannot be read, or names nothing.
    """
    if path.suffix.lower() in {".yaml", ".yml"}:
        names = _of_yaml(path)
    else:
        table = read_names(path)
        names = {
            place if item.value is None else item.value: item.name
            for place, item in enumerate(table.names)
            if item.name
        }
    if not names or max(names) > _MOST or any(len(name) > _LONGEST for name in names.values()):
        raise InputError(f"{printable(str(path))} names no class, or names them beyond {_MOST:,} or {_LONGEST} letters")
    return names


def _of_yaml(path: Path) -> dict[int, str]:
    lines = read_lines(path)
    start = next((place for place, line in enumerate(lines) if _KEY.fullmatch(line.rstrip())), None)
    if start is None:
        raise InputError(f"{printable(str(path))} has no names: of classes; write names: ['car', 'dog']")
    match = _KEY.fullmatch(lines[start].rstrip())
    said = "" if match is None else (match[1] or "").partition(" #")[0].strip()
    said = "" if said.startswith("#") else said
    pairs = list(_flow(path, said, lines, start) if said else _block(path, lines, start + 1))
    numbers = [number for number, _ in pairs]
    if len(set(numbers)) < len(numbers):
        raise InputError(f"{printable(str(path))}: names: has a class twice")
    return {number: _plain(name) for number, name in pairs}


def _flow(path: Path, said: str, lines: Sequence[str], start: int) -> Iterator[tuple[int, str]]:
    """Names in brackets or braces, on one line or several."""
    closing = {"[": "]", "{": "}"}.get(said[0])
    parts = [said]
    for line in lines[start + 1 :]:
        if closing is None or parts[-1].rstrip().endswith(closing):
            break
        parts.append(line.partition(" #")[0].strip())
    text = " ".join(parts).strip()
    if closing is None or not text.endswith(closing):
        raise _unclear(path, start + 1, said)
    inner, at, place = text[1:-1].strip(), 0, 0
    while at < len(inner):
        match = _FLOW.match(inner, at)
        if match is None or (match[1] is None) != (closing == "]"):
            raise _unclear(path, start + 1, inner[at : at + 40])
        yield (place if match[1] is None else int(match[1])), match[2]
        at, place = match.end(), place + 1


def _block(path: Path, lines: Sequence[str], start: int) -> Iterator[tuple[int, str]]:
    """Names one a line, behind dashes or their numbers."""
    count = 0
    for place, line in enumerate(lines[start:]):
        if not line.strip() or line.strip().startswith("#"):
            continue
        if not line.startswith((" ", "\t", "-")):
            return
        item, entry = _ITEM.fullmatch(line), _ENTRY.fullmatch(line)
        if item is not None:
            yield count, item[1]
            count += 1
        elif entry is not None:
            yield int(entry[1]), entry[2]
        else:
            raise _unclear(path, start + place + 1, line)


def _plain(text: str) -> str:
    """A name without its quotes."""
    if text[:1] == "'" and text[-1:] == "'" and len(text) > 1:
        return text[1:-1].replace("''", "'").strip()
    if text[:1] == '"' and text[-1:] == '"' and len(text) > 1:
        return re.sub(r"\\(.)", r"\1", text[1:-1]).strip()
    return text.strip()


def _unclear(path: Path, line: int, text: str) -> InputError:
    return InputError(
        f"{printable(str(path))}, line {line}: {printable(text.strip()[:60])!r} is no plain list of names; write "
        f"names: ['car', 'dog'], or a line for each, as in '  0: car'"
    )
