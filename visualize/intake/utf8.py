"""Text in UTF-8 that anybody may have written: what is none is said with the way to mend it, and lines are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.methods.errors import InputError
from visualize.printable import printable

if TYPE_CHECKING:
    from io import BufferedReader

MOST_LINES = 1_000_000
"""Lines that a text may have: each takes some hundred bytes in memory, however short it is."""
_ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"  # of lines, as Python splits them
_PIECE = 1 << 20  # bytes that are counted at once
_WIDE = (b"\xff\xfe", b"\xfe\xff")  # how UTF-16 begins


def decoded(data: bytes, source: str) -> str:
    """The text that bytes hold, with or without a byte order mark.

    Args:
        data: the bytes.
        source: where they come from, for the error.

    Raises:
        InputError: they are no text in UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise no_text(fault, source) from fault


def no_text(fault: UnicodeDecodeError, source: str) -> InputError:
    """Error that says why bytes are no text, and what to do.

    Args:
        fault: as Python says it.
        source: where the bytes come from.
    """
    wide = " but in UTF-16" if fault.start == 0 and fault.object.startswith(_WIDE) else ""
    where = "" if wide else f" (byte {fault.object[fault.start]} after {fault.start:,} others)"
    return InputError(f"{printable(source)} cannot be read: it is not in UTF-8{wide}{where}; save it as text in UTF-8")


def lines_of(data: bytes, source: str) -> list[str]:
    """The lines of a text.

    Args:
        data: its bytes.
        source: where they come from, for the error.

    Raises:
        InputError: it is no text in UTF-8, or has too many lines.
    """
    text = decoded(data, source)
    if len(text) > MOST_LINES and sum(map(text.count, _ENDS)) > MOST_LINES:
        raise _too_many(source)
    return text.splitlines()


def require_few_lines(file: BufferedReader, source: str) -> None:
    """Refuse a file that has too many lines; it stands at its beginning again afterwards.

    Args:
        file: the file, opened.
        source: where it comes from, for the error.

    Raises:
        InputError: there are more than :data:`MOST_LINES`.
    """
    feeds = returns = 0
    while piece := file.read(_PIECE):
        feeds, returns = feeds + piece.count(b"\n"), returns + piece.count(b"\r")
        if max(feeds, returns) > MOST_LINES:
            raise _too_many(source)
    file.seek(0)


def _too_many(source: str) -> InputError:
    return InputError(f"{printable(source)} has more than {MOST_LINES:,} lines; at most so many are read")
