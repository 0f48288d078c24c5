"""Where results go: standard output, for people or as one JSON document. Chatter goes to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from methods.method import Json

_GAP = "  "


@dataclass(frozen=True)
class Sink:
    """The one way out.

    Args:
        json: print one JSON document and nothing else; otherwise text.
    """

    json: bool = False

    def text(self, *lines: str) -> None:
        """Lines for people."""
        if not self.json:
            for line in lines:
                sys.stdout.write(f"{line}\n")
            sys.stdout.flush()

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table for people: columns as wide as their widest cell, the last one ragged."""
        widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
        for row in (heads, *rows):
            self.text(_GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

    def document(self, document: Json) -> None:
        """The JSON document, in ASCII so that any terminal and any reader takes it."""
        if self.json:
            sys.stdout.write(f"{json.dumps(document, indent=2, default=_plain, allow_nan=False)}\n")
            sys.stdout.flush()


def _plain(value: object) -> object:
    """Mappings that are no dicts, and numpy's numbers."""
    if isinstance(value, Mapping):
        return dict(value)
    item = getattr(value, "item", None)
    if item is None:
        raise TypeError(f"{type(value).__name__} cannot be written as JSON")
    return item()
