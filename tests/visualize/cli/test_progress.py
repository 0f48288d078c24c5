from __future__ import annotations

import io
import itertools
import re
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from visualize.cli import progress
from visualize.watch import unwatched

if TYPE_CHECKING:
    from collections.abc import Callable


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Patience:
    """A timer whose time is up as soon as it starts, or never."""

    fires = True
    seconds: float | None = None
    cancelled = False
    daemon = False

    def __init__(self, interval: float, function: Callable[[], None]) -> None:
        type(self).seconds, self._function = interval, function

    def start(self) -> None:
        if self.fires:
            self._function()

    def cancel(self) -> None:
        type(self).cancelled = True

    def join(self) -> None:
        pass


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> type[Patience]:
    """A timer of the test's own, so that no test waits for a clock."""
    timer = type("Patience", (Patience,), {})
    monkeypatch.setattr(threading, "Timer", timer)
    return timer


def _terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Standard error as a terminal; called within a test, as pytest sets the stream anew before it."""
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setenv("TERM", "xterm")
    return shown


@pytest.mark.usefixtures("patience")
def test_long_work_shows_a_bar_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = _terminal(monkeypatch)
    with progress.watcher(quiet=False)("digging [deep]") as report:
        for done in range(1, 5):
            report(done, 4)
    assert "digging [deep]" in terminal.getvalue()
    assert "100%" in terminal.getvalue()
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("patience")
def test_what_was_done_before_does_not_count_in_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that goes on begins with a thousand pictures, and does ten in a second."""
    terminal = _terminal(monkeypatch)
    ticks = itertools.count()
    monkeypatch.setattr(progress, "monotonic", lambda: float(next(ticks)))
    with progress.watcher(quiet=False, unit="images")("counting") as report:
        report(1000, 1010)
        report(1010, 1010)
    rates = {int(rate) for rate in re.findall(r"(\d+) images/s", terminal.getvalue())}
    assert rates == {10}


@pytest.mark.usefixtures("patience")
def test_work_that_says_nothing_shows_that_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _terminal(monkeypatch)
    with progress.watcher(quiet=False)("loading"):
        pass
    assert "loading" in terminal.getvalue()


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize("unit", ["", "images"])
def test_a_long_title_leaves_the_bar_its_place(monkeypatch: pytest.MonkeyPatch, unit: str) -> None:
    terminal = _terminal(monkeypatch)
    monkeypatch.setenv("COLUMNS", "80")
    ticks = itertools.count()
    monkeypatch.setattr(progress, "monotonic", lambda: float(next(ticks)))
    with progress.watcher(quiet=False, unit=unit)(", ".join(f"layer{n}.conv{n}" for n in range(40))) as report:
        report(0, 9876)
        report(4938, 9876)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    lines = [line for line in re.split(r"[\r\n]+", plain) if "50%" in line]
    assert lines
    for line in lines:
        assert len(line) <= 80
        assert line.count("━") + line.count("╺") + line.count("╸") == 20
        assert "layer0.c" in line
        assert unit in line


def test_short_work_shows_nothing(monkeypatch: pytest.MonkeyPatch, patience: type[Patience]) -> None:
    terminal = _terminal(monkeypatch)
    patience.fires = False
    with progress.watcher(quiet=False)("blinking") as report:
        report(1, 1)
    assert terminal.getvalue() == ""
    assert (patience.seconds, patience.cancelled) == (progress.PATIENCE, True)


@pytest.mark.usefixtures("patience")
def test_the_bar_goes_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _terminal(monkeypatch)
    with pytest.raises(KeyboardInterrupt, match="enough"), progress.watcher(quiet=False)("digging"):
        raise KeyboardInterrupt("enough")
    assert terminal.getvalue().endswith("\x1b[?25h\r\x1b[1A\x1b[2K")  # cursor shown, line up, line erased


def test_nobody_is_shown_a_bar_who_asked_for_quiet_or_has_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _terminal(monkeypatch)
    assert progress.watcher(quiet=True) is unwatched
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert progress.watcher(quiet=False) is unwatched
    assert terminal.getvalue() == ""
