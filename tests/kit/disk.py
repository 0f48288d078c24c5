"""Disks that nobody waits for, as power cuts are tried in few places, and folders that cannot be written."""

from __future__ import annotations

import errno
import os
import tempfile

import pytest


def _nothing(descriptor: int) -> None:
    pass


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be waited for in the rooms whose ``conftest.py`` imports this."""
    monkeypatch.setattr(os, "fsync", _nothing)


@pytest.fixture
def nothing_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every folder refuse new files; the tests may run as root, whom permissions do not stop."""

    def refuse(**_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
