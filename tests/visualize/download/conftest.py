from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit.own_cache import own_cache
from tests.visualize.download.site import Site, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own, no mirror, and no proxy before this machine."""
    return own_cache(tmp_path / "cache", monkeypatch) / "models"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running
