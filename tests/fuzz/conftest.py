"""A working folder for bad inputs, and the count of those that were tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit.hostile import JUDGED
from tests.visualize.cli.kit import TINY

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.terminal import TerminalReporter


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a network that takes no time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIZ_CACHE", str(tmp_path / "cache"))
    (tmp_path / "tiny.py").write_text(TINY)
    return tmp_path


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say how many bad inputs had all five properties; of one process, so run it with ``-n0``."""
    if JUDGED["refused"]:
        terminalreporter.write_line(
            f"{JUDGED['refused']} bad inputs were refused: exit 2, one line, nothing left, under 15 s and 1 GB; "
            f"{JUDGED['taken']} were good after all"
        )
