"""A cache folder of the test's own, and a server of probe sets on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit.own_cache import own_cache
from tests.visualize.download.site import Site, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return own_cache(tmp_path / "cache", monkeypatch)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running
