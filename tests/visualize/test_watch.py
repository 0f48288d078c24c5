from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.watch import unwatched

if TYPE_CHECKING:
    import pytest


def test_the_watch_that_shows_nothing_takes_any_progress(capfd: pytest.CaptureFixture[str]) -> None:
    with unwatched("digging") as progress:
        progress(1, 3)
        progress(3, 3)
    assert capfd.readouterr() == ("", "")
