"""Progress in notebooks: a bar under the cell, which goes when the work is done."""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager
from html import escape
from time import monotonic
from typing import TYPE_CHECKING, Any

from visualize.watch import Watch, unwatched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from visualize.methods.progress import Progress

PATIENCE = 1.0
"""Seconds: what is done sooner shows no bar."""
_EVERY = 0.2  # seconds between two drawings at most


def usual() -> Watch:
    """The watch of who does not ask for one: a bar in a notebook, nothing elsewhere."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if getattr(shell, "kernel", None) is None:
        return unwatched
    return notebook_watch(importlib.import_module("IPython.display").display)


def notebook_watch(display: Callable[..., Any], *, patience: float = PATIENCE, every: float = _EVERY) -> Watch:
    """A watch that shows bars by IPython's means.

    Args:
        display: ``IPython.display.display``.
        patience: seconds that work may take without a bar.
        every: seconds between two drawings at most.
    """

    @contextmanager
    def watch(title: str) -> Iterator[Progress]:
        began = drawn = monotonic()
        handle: Any = None

        def advance(done: int, total: int) -> None:
            nonlocal handle, drawn
            now = monotonic()
            if now - began < patience:
                return
            if handle is None:
                handle = display(_bar(title, done, total), raw=True, display_id=True)
            elif now - drawn < every and done != total:
                return
            else:
                handle.update(_bar(title, done, total), raw=True)
            drawn = now

        try:
            yield advance
        finally:
            if handle is not None:
                handle.update({"text/plain": "", "text/html": ""}, raw=True)

    return watch


def _bar(title: str, done: int, total: int) -> dict[str, str]:
    share = f" {done} of {total}" if total else ""
    bar = f'<progress value="{done}" max="{total}"></progress>' if total else "<progress></progress>"
    return {"text/plain": f"{title}{share}", "text/html": f"{bar} {escape(title)}{share}"}
