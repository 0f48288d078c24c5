"""Tables of colours that masks are painted in: ``road 128 64 128`` a line, ``128 64 128 road``, or CSV name,r,g,b."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.data.files.text_files import content_lines, unquoted
from visualize.data.layouts.masks.name_tables import Named
from visualize.methods.errors import InputError
from visualize.methods.phrases import counted
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MOST_COLOURS = 0xFFFF
"""Colours that a table may list."""

_LONGEST = 500  # letters of a name
_NUMBERS = r"([0-9]{1,9})[\s,;]+([0-9]{1,9})[\s,;]+([0-9]{1,9})"
_BEFORE = re.compile(rf"{_NUMBERS}[\s,;:]+(\S.*)")
_BEHIND = re.compile(rf"(\S.*?)[\s,;:]+{_NUMBERS}[\s,;:]*")
_VALUE = re.compile(r"[0-9]{1,9}[\s,;:]+(?=[^\s0-9])")  # of a class, before its name
_COLUMNS = (("r", "g", "b"), ("red", "green", "blue"))
_NAMES = ("name", "class", "class_name", "label", "label_name", "category", "title")


@dataclass(frozen=True)
class ColourTable:
    """Names of colours in the order of a table.

    Args:
        path: the file.
        names: colour as red + 256 x green + 65,536 x blue -> name.
        notes: sentences on how it was understood.
    """

    path: Path
    names: dict[int, str]
    notes: tuple[str, ...] = ()

    @property
    def concepts(self) -> dict[str, int]:
        """Numbers of concepts by name, from 1; colours may share a name, and "void" and the like have no number."""
        named = dict.fromkeys(name for name in self.names.values() if not Named(name).void)
        return {name: number for number, name in enumerate(named, start=1)}

    @property
    def numbers(self) -> dict[int, int]:
        """Colour -> number of its concept; 0 for those that are no label, among them black unless it has a name."""
        concepts = self.concepts
        return {0: 0, **{colour: concepts.get(name, 0) for colour, name in self.names.items()}}


def lists_colours(path: Path) -> bool:
    """Whether a table lists colours: its first line of content does, or names columns of red, green and blue."""
    if path.suffix == ".json":
        return False
    try:
        lines, _ = content_lines(path)
    except InputError:
        return False
    first = [text for _, text in lines[:2]]
    return any(_row(text) is not None for text in first) or bool(first and _columns(first[0]))


def read_colours_table(path: Path) -> ColourTable:
    """Read a table of colours.

    Args:
        path: a file that ends in .txt or .csv.

    Raises:
        InputError: it cannot be read, a line is no name with three numbers from 0 to 255, or a colour is there twice.
    """
    lines, _ = content_lines(path)
    shown = printable(str(path))
    columns = _columns(lines[0][1]) if lines else None
    if len(lines) > MOST_COLOURS:
        raise InputError(f"{shown} lists {len(lines):,} colours; at most {MOST_COLOURS:,} are read")
    names: dict[int, str] = {}
    for line, text in lines[1:] if columns else lines:
        row = _row(text) if columns is None else _cells(text, columns)
        if row is None and line == lines[0][0]:
            continue  # names of columns
        if row is None or max(row[1]) > 255:
            raise InputError(
                f"{shown}, line {line}: {printable(text[:60])!r} is no name with red, green and blue from 0 to 255; "
                f"write it as in 'road 128 64 128'"
            )
        name, (red, green, blue) = row
        if not name or len(name) > _LONGEST:
            raise InputError(f"{shown}, line {line}: the colour needs a name of at most {_LONGEST} letters")
        colour = red + 256 * green + 65536 * blue
        if names.setdefault(colour, name) != name:
            raise InputError(f"{shown}, line {line}: the colour {said(colour)} is there twice")
    if all(_VALUE.match(name) for name in names.values()):
        names = {colour: _VALUE.sub("", name, count=1) for colour, name in names.items()}
    table = ColourTable(path, names)
    if not table.concepts:
        raise InputError(f"{shown} names no colour")
    return ColourTable(path, names, _notes(table))


def said(colour: int) -> str:
    """A colour in words: red, green and blue."""
    return f"{colour % 256},{colour // 256 % 256},{colour // 65536}"


def _notes(table: ColourTable) -> tuple[str, ...]:
    concepts, file = table.concepts, table.path.name
    firsts = [(colour, name) for colour, name in table.names.items() if name in concepts]
    ends = ", ".join(f"{said(colour)} is {name}" for colour, name in dict.fromkeys([firsts[0], firsts[-1]]))
    notes = [f"{file}: {counted(len(table.names), 'colour')}: {ends}"]
    void = [f"{said(colour)} ({name})" for colour, name in table.names.items() if name not in concepts]
    if void:
        notes.append(f"{file}: {', '.join(void[:4])} {'is' if len(void) == 1 else 'are'} no label")
    if 0 not in table.names:
        notes.append(f"{file}: black, which has no name, is no label")
    return tuple(map(printable, notes))


def _row(text: str) -> tuple[str, tuple[int, int, int]] | None:
    """Name and colour of a line, in either order."""
    before, behind = _BEFORE.fullmatch(text), _BEHIND.fullmatch(text)
    if before is not None and not (behind is not None and before[4].split()[-1].isdigit()):
        return unquoted(before[4]), (int(before[1]), int(before[2]), int(before[3]))
    if behind is not None and not behind[1].isdigit():
        return unquoted(behind[1]), (int(behind[2]), int(behind[3]), int(behind[4]))
    return None


def _columns(text: str) -> tuple[str, int, tuple[int, int, int]] | None:
    """Separator of the columns that a line names, and the places of the name, and of red, green and blue."""
    separator = next((mark for mark in ("\t", ";", ",") if mark in text), " ")
    heads = [head.strip().lower() for head in next(csv.reader([text], delimiter=separator), [])]
    name = next((heads.index(word) for word in _NAMES if word in heads), None)
    for words in _COLUMNS:
        if name is not None and all(word in heads for word in words):
            red, green, blue = (heads.index(word) for word in words)
            return separator, name, (red, green, blue)
    return None


def _cells(text: str, columns: tuple[str, int, Sequence[int]]) -> tuple[str, tuple[int, int, int]] | None:
    """Name and colour of a line whose columns are known."""
    separator, name, places = columns
    cells = [cell.strip() for cell in next(csv.reader([text], delimiter=separator), [])]
    cells += [""] * (1 + max(name, *places) - len(cells))
    numbers = [cells[place] for place in places]
    if not all(re.fullmatch(r"[0-9]{1,9}", number) for number in numbers):
        return None
    return cells[name], (int(numbers[0]), int(numbers[1]), int(numbers[2]))
