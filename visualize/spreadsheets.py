"""Names in the cells of tables that people open in spreadsheets, which take some of them for formulas."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_STARTS = r"=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20"  # the last four are the first four in full width
_CELL = r"(?:^|(?<=[;\t\r\n]))"  # where a spreadsheet begins a cell, whatever it takes for the separator
_FORMULA = re.compile(rf"{_CELL}(?='*[{_STARTS}])")
_QUOTED = re.compile(rf"{_CELL}'(?='*[{_STARTS}])")


def quoted(name: str) -> str:
    """A name as a cell that no spreadsheet runs: an apostrophe goes before what would begin a formula.

    Names that begin otherwise, as all of NetDissect's do, stay as they are.

    Example:
        >>> quoted("coffee shop"), quoted("=HYPERLINK(A1)"), quoted("-1+2")
        ('coffee shop', "'=HYPERLINK(A1)", "'-1+2")
    """
    return _FORMULA.sub("'", name)


def unquoted(cell: str) -> str:
    """The name that :func:`quoted` made a cell of.

    Example:
        >>> unquoted("'=HYPERLINK(A1)"), unquoted("driver's seat")
        ('=HYPERLINK(A1)', "driver's seat")
    """
    return _QUOTED.sub("", cell)


def line(cells: Sequence[object]) -> str:
    r"""A line of a table; ends of lines within a cell, of either kind, stay in it.

    Example:
        >>> line(["a", 0.5, "b, c"])
        'a,0.5,"b, c"\n'
    """
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)  # which has cells with either of the two quoted
    return f"{out.getvalue().removesuffix(chr(13) + chr(10))}\n"
