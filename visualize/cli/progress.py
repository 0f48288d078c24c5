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


def watcher(*, quiet: bool, unit: str = "") -> Watch:
    """A watch that shows a bar, or nothing where that is not wanted or standard error is no terminal.

    Args:
        quiet: no bar is wanted.
        unit: what is counted, such as ``"images"``, to show how many are done in a second.
    """
    from visualize.watch import unwatched

    return unwatched if quiet or not sys.stderr.isatty() else partial(_bar, unit=unit)


@contextmanager
def _bar(title: str, *, unit: str = "") -> Iterator[Progress]:
    """Show a bar once the work has taken a second, until it is done."""
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
    rate = (TextColumn("{task.fields[rate]}", markup=False),) if unit else ()
    shown = Bars(*columns, *rate, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
    task = shown.add_task(clean(title), total=None, rate="")
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
