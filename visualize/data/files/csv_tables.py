"""Tables in comma- or tab-separated text, as probe sets carry them: read whole, and doubted line by line."""

from __future__ import annotations

import csv
import io
import math
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.data.files.inner_paths import climbs
from visualize.intake.regular_files import opened
from visualize.intake.utf8 import no_text, require_few_lines
from visualize.methods.errors import InputError, suggest, system_words
from visualize.methods.phrases import first_few
from visualize.printable import clean, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import TextIO


MOST_BYTES = 24 << 20
"""Bytes that a table may have; its lines are counted as well, as short ones take a hundred times as much in memory.
Broden's index has 9 MB and 63,000 lines."""

_MOST_COLUMNS = 10_000
_LONGEST_NAME, _LONGEST_PATH = 255, 2000  # bytes of a name, letters of a path, which no disk exceeds
_SHOWN = 40  # columns that a message names
_WHOLE = re.compile(r"[0-9]{1,9}(\.0*)?")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table.

    Args:
        table: the file.
        line: the line's number in the file, from 1.
        places: column -> the column's place in ``cells``.
        cells: the texts of the line, without blanks around them.
    """

    table: Path
    line: int
    places: Mapping[str, int]
    cells: Sequence[str]

    def __getitem__(self, column: str) -> str:
        """The text of a column's cell; empty where the line has no such cell."""
        place = self.places.get(column, len(self.cells))
        return self.cells[place] if place < len(self.cells) else ""

    def wrong(self, what: str) -> InputError:
        """The error that says what is wrong with this line."""
        return InputError(f"{printable(str(self.table))}, line {self.line}: {what}")

    def whole(self, column: str, *, least: int = 0, most: int = 999_999_999) -> int:
        """The whole number that a cell holds.

        Raises:
            InputError: the cell holds something else, or a number out of range.
        """
        text = self[column]
        number = as_whole(text)
        if number is None or not least <= number <= most:
            bounds = f"{least}" if most == 999_999_999 else f"{least} to {most:,}"
            raise self.wrong(f"the column {column} holds {text[:60]!r}; expected a whole number from {bounds}")
        return number

    def number(self, column: str, *, least: float = -math.inf, most: float = math.inf) -> float:
        """The number that a cell holds, or 0 where the cell is empty.

        Raises:
            InputError: the cell holds something else, or a number that is not finite or out of range.
        """
        try:
            value = float(self[column] or 0)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or not least <= value <= most:
            bounds = "" if math.isinf(least) else f" from {least:g}" + ("" if math.isinf(most) else f" to {most:g}")
            raise self.wrong(f"the column {column} holds {self[column][:60]!r}; expected a number{bounds}")
        return value

    def path(self, column: str, folder: str) -> str:
        """The path that a cell holds, which must stay in the folder it starts from.

        Raises:
            InputError: the cell is empty, or leads out of the folder.
        """
        if not self[column]:
            raise self.wrong(f"the column {column} is empty")
        return self.inner(self[column], folder)

    def inner(self, path: str, folder: str) -> str:
        """The path as it is given, if it stays in the folder.

        Raises:
            InputError: it leads out of the folder, or is too long.
        """
        if any(len(os.fsencode(part)) > _LONGEST_NAME for part in path.split("/")) or len(path) > _LONGEST_PATH:
            raise self.wrong(f"{printable(path[:60])}... is longer than the name of a file can be")
        if climbs(path):
            raise self.wrong(f"{printable(path)} leads out of the folder {folder}")
        return path


def read_table(path: Path, needed: Sequence[str] = (), *, separator: str = ",") -> tuple[tuple[str, ...], list[Row]]:
    """Read a table whose first line names the columns.

    A byte order mark, either end of line, quoted cells, blank lines, blanks around cells and columns that nobody asked
    for are all taken.

    Args:
        path: the file, in UTF-8.
        needed: columns that must be there.
        separator: between cells.

    Returns:
        the columns in their order, and the lines.

    Raises:
        InputError: the file is not there or cannot be read, a column is missing or there twice, or a line has more
            cells than there are columns.
    """
    table = printable(str(path))
    try:
        with open_table(path) as file:
            lines = csv.reader(file, delimiter=separator)
            heads = _heads(lines, needed, table)
            places = {name: place for place, name in enumerate(heads)}
            return heads, [
                _checked(Row(path, lines.line_num, places, cells), len(heads))
                for cells in (list(map(str.strip, cells)) for cells in lines)
                if any(cells)
            ]
    except OSError as fault:
        if needed and isinstance(fault, FileNotFoundError):
            raise InputError(f"{table} is missing; expected a table with the columns {', '.join(needed)}") from fault
        raise InputError(f"{table} cannot be read: {system_words(fault)}") from fault
    except UnicodeDecodeError as fault:
        raise no_text(fault, table) from fault
    except csv.Error as fault:
        raise InputError(f"{table} cannot be read: {fault}") from fault


@contextmanager
def open_table(path: Path) -> Iterator[TextIO]:
    """Open a table as text in UTF-8, with or without a byte order mark, for :mod:`csv`.

    Raises:
        InputError: it is no regular file, too long, or of too many lines.
        OSError: it is not there, or cannot be read.
    """
    with opened(path, most=MOST_BYTES) as file:
        require_few_lines(file, str(path))
        with io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
            yield text


def columns(path: Path) -> tuple[str, ...]:
    """Names of a table's columns; no more than the table's first line is read.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        with open_table(path) as file:
            return _heads(csv.reader(file), (), str(path))
    except UnicodeDecodeError as fault:
        raise no_text(fault, str(path)) from fault
    except (OSError, csv.Error) as fault:
        raise InputError(f"{printable(str(path))} cannot be read: {fault}") from fault


def _heads(lines: Iterable[list[str]], needed: Sequence[str], table: str) -> tuple[str, ...]:
    heads = next((tuple(map(str.strip, cells)) for cells in lines if any(map(str.strip, cells))), ())
    if len(heads) > _MOST_COLUMNS:
        raise InputError(f"{table} has {len(heads):,} columns; at most {_MOST_COLUMNS:,} are read")
    for column in needed:
        if heads.count(column) != 1:
            problem = "has the column twice:" if column in heads else "has no column"
            shown = as_shown(heads)
            raise InputError(
                f"{table} {problem} {column}; its columns are {first_few(shown, _SHOWN)}{suggest(column, shown)}"
            )
    return heads


def as_shown(heads: Sequence[str]) -> list[str]:
    """Names of columns as a message shows them: short, and in one line, also where an open quote took lines for one."""
    return [clean(name)[:60] for name in heads]


def _checked(row: Row, columns: int) -> Row:
    if len(row.cells) > columns and any(row.cells[columns:]):
        raise row.wrong(f"{len(row.cells)} cells for {columns} columns; quote a cell that holds a comma")
    return row


def as_whole(text: str) -> int | None:
    """A whole number from 0 as tables hold it: ``"23"``, or ``"23.0"`` where a program took the column for floats."""
    return int(text.partition(".")[0]) if _WHOLE.fullmatch(text) else None
