"""Disks that nobody waits for: power cuts are tried in few places, and waiting is most of the time elsewhere."""

from __future__ import annotations

import os

import pytest


def _nothing(descriptor: int) -> None:
    pass


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be waited for in the rooms whose ``conftest.py`` imports this."""
    monkeypatch.setattr(os, "fsync", _nothing)
