"""A cache folder of a test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def own_cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let a folder be the cache, which is not made; there is no mirror, and no proxy before this machine."""
    monkeypatch.setenv("VIZ_CACHE", str(folder))
    monkeypatch.delenv("VIZ_MIRROR", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return folder
