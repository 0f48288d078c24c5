"""Progress in notebooks: a bar under the cell, which goes when the work is done."""

from __future__ import annotations

import importlib
import sys
import threading
from contextlib import contextmanager
from html import escape
from time import monotonic
from typing import TYPE_CHECKING, Any

from visualize.methods import prompt
from visualize.printable import clean
from visualize.watch import Watch, unwatched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from visualize.methods.progress import Progress

PATIENCE = 1.0
"""Seconds: what is done sooner shows no bar."""
_LATE = 0.05  # seconds after which nobody has said how far the work has come
_EVERY = 0.2  # seconds between two drawings at most


def usual() -> Watch:
    """The watch of who does not ask for one: a bar in a notebook, nothing elsewhere."""
    if not prompt.in_notebook():
        return unwatched
    return notebook_watch(importlib.import_module("IPython.display").display)


def tell(text: str) -> None:
    """Say something in a line on standard error where somebody sits at a prompt: in a notebook, or at a terminal."""
    prompt.tell(clean(text))


def load_torch(watch: Watch) -> None:
    """Import torch, which takes seconds, before what needs it; nothing if that was done.

    At a prompt and in a notebook that is said by :mod:`visualize.methods.lazy`, when a name is loaded.

    Args:
        watch: shows it.
    """
    if "torch" in sys.modules:
        return
    with watch("loading torch") as progress:
        progress(0, 0)
        importlib.import_module("torch")


def notebook_watch(display: Callable[..., Any], *, patience: float = PATIENCE, every: float = _EVERY) -> Watch:
    """A watch that shows bars by IPython's means.

    Args:
        display: ``IPython.display.display``.
        patience: seconds that work may take without a bar.
        every: seconds between two drawings at most.
    """

    @contextmanager
    def watch(title: str) -> Iterator[Progress]:
        bar = _Bar(display, title, patience, every)
        timer = threading.Timer(patience + _LATE, bar.remind)
        timer.daemon = True
        if patience > 0:
            timer.start()
        try:
            yield bar.advance
        finally:
            timer.cancel()
            if timer.ident is not None:
                timer.join()
            bar.end()

    return watch


class _Bar:
    """A bar under the cell, drawn by whoever tells how far the work has come, or by a timer where nobody does."""

    def __init__(self, display: Callable[..., Any], title: str, patience: float, every: float) -> None:
        self._display, self._title, self._patience, self._every = display, title, patience, every
        self._began = self._drawn = monotonic()
        self._handle: Any = None
        self._lock = threading.Lock()

    def advance(self, done: int, total: int) -> None:
        """Draw the bar, unless the work is young or the bar was drawn just now."""
        now = monotonic()
        if now - self._began < self._patience:
            return
        with self._lock:
            if self._handle is None:
                self._handle = self._display(_bar(self._title, done, total), raw=True, display_id=True)
            elif now - self._drawn < self._every and done != total:
                return
            else:
                self._handle.update(_bar(self._title, done, total), raw=True)
            self._drawn = now

    def remind(self) -> None:
        """Draw the bar of work that tells nothing of how far it has come."""
        if self._handle is None:
            self.advance(0, 0)

    def end(self) -> None:
        """Take the bar away."""
        if self._handle is not None:
            self._handle.update({"text/plain": "", "text/html": ""}, raw=True)


def _bar(title: str, done: int, total: int) -> dict[str, str]:
    share = f" {done} of {total}" if total else ""
    bar = f'<progress value="{done}" max="{total}"></progress>' if total else "<progress></progress>"
    return {"text/plain": f"{title}{share}", "text/html": f"{bar} {escape(title)}{share}"}
