"""The folder that most commands are tried in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit.disk import nothing_can_be_written
from tests.visualize.cli.shops import of_labels

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["nothing_can_be_written"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network and a labelled set, whose dissection takes no time."""
    return of_labels(tmp_path_factory.mktemp("shop"))


@pytest.fixture
def _in_the_shop(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop)
