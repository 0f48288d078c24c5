"""Networks are examined anew by each test of how a network is looked into."""

from __future__ import annotations

import pytest

from visualize.methods.network import probe
from visualize.methods.network.examination.experiments import examine


@pytest.fixture(autouse=True)
def _each_test_examines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "examine", examine)
