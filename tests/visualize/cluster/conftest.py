"""Power cuts are not tried here: waiting for the disk would be most of these tests' time."""

from __future__ import annotations

import os

import pytest


def _nothing(descriptor: int) -> None:
    pass


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", _nothing)
