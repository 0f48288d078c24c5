"""Counts the bad inputs that were tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit.hostile import JUDGED

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say how many bad inputs had all five properties; of one process, so run it with ``-n0``."""
    if JUDGED["refused"]:
        terminalreporter.write_line(
            f"{JUDGED['refused']} bad inputs were refused: exit 2, one line, nothing left, under 15 s and 1 GB; "
            f"{JUDGED['taken']} were good after all"
        )
