"""The progress bar, on standard error."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from visualize.printable import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visualize.methods.progress import Progress
    from visualize.watch import Watch

PATIENCE = 1.0  # seconds: what is done sooner shows no bar
_EVERY = 0.1  # seconds between two drawings at most
_SHORTEST = 8  # columns of a title
_BAR, _RATE, _REST = 20, 15, 18  # columns of the bar, of how many in a second, and of all else but the title


def watcher(*, quiet: bool, unit: str = "") -> Watch:
    """A watch that shows a bar, or nothing where that is not wanted or standard error is no terminal.

    Args:
        quiet: no bar is wanted.
        unit: what is counted, such as ``"images"``, to show how many are done in a second.
    """
    from visualize.watch import unwatched

    return unwatched if quiet or not sys.stderr.isatty() else partial(_bar, unit=unit)


def _short(title: str, columns: int) -> str:
    """A title that leaves the bar its place, cut in the middle, since both ends tell most."""
    columns = max(_SHORTEST, columns)
    if len(title) <= columns:
        return title
    front, back = (columns - 3) // 2, (columns - 3 + 1) // 2
    return f"{title[:front]}...{title[-back:]}"


@contextmanager
def _bar(title: str, *, unit: str = "") -> Iterator[Progress]:
    """Show a bar once the work has taken a second, until it is done."""
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    words = TextColumn("{task.description}", markup=False)
    columns = (SpinnerColumn(), words, BarColumn(_BAR), TaskProgressColumn())
    rate = (TextColumn("{task.fields[rate]}", markup=False),) if unit else ()
    shown = Bars(*columns, *rate, TimeRemainingColumn(), console=console, transient=True)
    task = shown.add_task(_short(clean(title), console.width - _BAR - _REST - _RATE * bool(unit)), total=None, rate="")
    drawn = 0.0
    began: tuple[float, int] | None = None  # and how many were done by then: work that goes on was not done now

    def advance(done: int, total: int) -> None:
        nonlocal drawn, began
        now = monotonic()
        began = began or (now, done)
        if now - drawn >= _EVERY or done == total:
            drawn = now
            passed = now - began[0]
            speed = f"{(done - began[1]) / passed:.0f} {unit}/s" if unit and passed else ""
            shown.update(task, completed=done, total=total or None, rate=speed)

    timer = threading.Timer(PATIENCE, shown.start)
    timer.daemon = True
    timer.start()
    try:
        yield advance
    finally:
        timer.cancel()
        timer.join()
        shown.stop()
