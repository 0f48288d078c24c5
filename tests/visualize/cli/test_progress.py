from __future__ import annotations

import io
import re
import sys
import time

import pytest

from visualize.cli import progress
from visualize.watch import unwatched


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Standard error as a terminal; called within a test, as pytest sets the stream anew before it."""
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setenv("TERM", "xterm")
    return shown


def test_long_work_shows_a_bar_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = _terminal(monkeypatch)
    monkeypatch.setattr(progress, "PATIENCE", 0.01)
    with progress.watcher(quiet=False)("digging [deep]") as told:
        for done in range(1, 5):
            told(done, 4)
            time.sleep(0.1)
    assert "digging [deep]" in terminal.getvalue()
    assert "100%" in terminal.getvalue()
    assert capsys.readouterr().out == ""


def test_what_was_done_before_does_not_count_in_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that goes on begins with a thousand pictures, and does ten in a second."""
    terminal = _terminal(monkeypatch)
    monkeypatch.setattr(progress, "PATIENCE", 0.01)
    with progress.watcher(quiet=False, unit="images")("counting") as told:
        told(1000, 1010)
        time.sleep(1)
        told(1010, 1010)
        time.sleep(0.2)
    rates = {int(rate) for rate in re.findall(r"(\d+) images/s", terminal.getvalue())}
    assert rates
    assert max(rates) <= 10


def test_work_that_says_nothing_shows_that_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _terminal(monkeypatch)
    monkeypatch.setattr(progress, "PATIENCE", 0.01)
    with progress.watcher(quiet=False)("loading"):
        time.sleep(0.3)
    assert "loading" in terminal.getvalue()


def test_short_work_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _terminal(monkeypatch)
    with progress.watcher(quiet=False)("blinking") as told:
        told(1, 1)
    assert terminal.getvalue() == ""


def test_the_bar_goes_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _terminal(monkeypatch)
    monkeypatch.setattr(progress, "PATIENCE", 0.01)

    def dig() -> None:
        with progress.watcher(quiet=False)("digging"):
            time.sleep(0.2)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dig()
    assert terminal.getvalue().endswith("\x1b[?25h\r\x1b[1A\x1b[2K")  # cursor shown, line up, line erased


def test_nobody_is_shown_a_bar_who_asked_for_quiet_or_has_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _terminal(monkeypatch)
    assert progress.watcher(quiet=True) is unwatched
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert progress.watcher(quiet=False) is unwatched
    assert terminal.getvalue() == ""
