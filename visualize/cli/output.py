"""Standard output, which takes results for people or as one JSON document; chatter goes to standard error."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from visualize.printable import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from visualize.methods.provenance import Json


_GAP = "  "
_output: ContextVar[TextIO | None] = ContextVar("output", default=None)


@contextmanager
def results_alone() -> Iterator[None]:
    """Keep standard output for results within the block: what a network prints as it runs is chatter."""
    token = _output.set(sys.stdout)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _output.reset(token)


def _write(text: str) -> None:
    output = _output.get() or sys.stdout
    output.write(text)
    output.flush()


@dataclass(frozen=True)
class Sink:
    """The one way out for results.

    Example:
        >>> Sink().table(("layer", "units"), [("conv1", "64"), ("fc8", "12")])
        layer  units
        conv1  64
        fc8    12
        >>> Sink(json=True).document({"units": 12})
        {
          "units": 12
        }

    Args:
        json: print one JSON document and nothing else; otherwise text.
    """

    json: bool = False

    def text(self, *lines: str) -> None:
        """Write lines for people, each of which stays one line, whatever labels and paths are in it."""
        if not self.json:
            _write("".join(f"{clean(line)}\n" for line in lines))

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write a table for people: columns as wide as their widest cell, the last one ragged."""
        shown = [[clean(cell) for cell in row] for row in (heads, *rows)]
        widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
        for row in shown:
            self.text(_GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

    def document(self, document: Json) -> None:
        """Write the JSON document, in ASCII so that any terminal and any reader takes it."""
        if self.json:
            from visualize.methods.provenance import jsonable

            _write(f"{json.dumps(document, indent=2, default=jsonable, allow_nan=False)}\n")
