"""Bars in notebooks, drawn by a stand-in for IPython's display."""

from __future__ import annotations

import sys
import threading
import types
from typing import TYPE_CHECKING

import pytest

from visualize.notebook import load_torch, notebook_watch, usual
from visualize.watch import unwatched

if TYPE_CHECKING:
    from collections.abc import Callable


def wait_for(done: Callable[[], bool]) -> None:
    """Wait until something is so."""
    gone = threading.Event()
    while not done():
        gone.wait(0.01)


class _Display:
    """Display that remembers what it was given."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def __call__(self, bundle: dict[str, str], **_: object) -> _Display:
        self.shown.append(bundle["text/plain"])
        return self

    def update(self, bundle: dict[str, str], **_: object) -> None:
        self.shown.append(bundle["text/plain"])


def test_a_bar_follows_the_work_and_goes_with_it() -> None:
    display = _Display()
    with notebook_watch(display, patience=0, every=0)("Saliency") as progress:
        for done in range(3):
            progress(done + 1, 3)
    assert display.shown == ["Saliency 1 of 3", "Saliency 2 of 3", "Saliency 3 of 3", ""]


def test_the_bar_goes_with_work_that_fails() -> None:
    display = _Display()

    def fail() -> None:
        with notebook_watch(display, patience=0)("Saliency") as progress:
            progress(1, 0)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert display.shown == ["Saliency", ""]


def test_short_work_shows_nothing() -> None:
    display = _Display()
    with notebook_watch(display, patience=3600)("Saliency") as progress:
        progress(1, 1)
    assert display.shown == []


def test_work_that_tells_nothing_is_shown_too() -> None:
    display = _Display()
    with notebook_watch(display, patience=0.01)("opening the pictures"):
        wait_for(lambda: bool(display.shown))
    assert display.shown == ["opening the pictures", ""]


def test_torch_is_loaded_once_under_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded, display = types.ModuleType("torch"), _Display()
    monkeypatch.setattr("importlib.import_module", lambda _: loaded)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    load_torch(notebook_watch(display, patience=0))
    monkeypatch.setitem(sys.modules, "torch", loaded)
    load_torch(notebook_watch(display, patience=0))
    assert display.shown == ["loading torch", ""]


def test_there_are_bars_in_a_kernel_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert usual() is unwatched
    shell = types.SimpleNamespace()
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    assert usual() is unwatched  # IPython in a terminal
    shell.kernel = object()
    monkeypatch.setitem(sys.modules, "IPython.display", types.SimpleNamespace(display=_Display()))
    assert usual() is not unwatched
