"""Kills at any moment; ``python -m tests.fuzz.kills 40`` takes more of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fuzz.kills import killed
from tests.kit.forked import needs_fork

if TYPE_CHECKING:
    import pytest


@needs_fork
def test_whatever_was_killed_gives_the_same_bytes_when_it_is_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIZ_CACHE", "")  # which is another for each
    assert killed(6) == {f"{kind} right": 2 for kind in ("dissection", "merge", "download")}
