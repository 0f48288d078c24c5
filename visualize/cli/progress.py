"""The progress bar, on standard error."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from methods.method import Progress
    from visualize.inspection.request import Watch

PATIENCE = 1.0  # seconds: what is done sooner shows no bar
_EVERY = 0.1  # seconds between two drawings at most


def watcher(*, quiet: bool) -> Watch:
    """What shows progress: a bar, or nothing if it is not wanted or standard error is no terminal."""
    from visualize.inspection.request import unwatched

    return unwatched if quiet or not sys.stderr.isatty() else _bar


@contextmanager
def _bar(title: str) -> Iterator[Progress]:
    """A bar that comes once the work has taken a second, and goes when it is done."""
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
    shown = Bars(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
    task = shown.add_task(title, total=None)
    drawn = 0.0

    def told(done: int, total: int) -> None:
        nonlocal drawn
        now = time.monotonic()
        if now - drawn >= _EVERY or done == total:
            drawn = now
            shown.update(task, completed=done, total=total or None)

    timer = threading.Timer(PATIENCE, shown.start)
    timer.daemon = True
    timer.start()
    try:
        yield told
    finally:
        timer.cancel()
        timer.join()
        shown.stop()
