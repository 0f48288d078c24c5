"""Networks are examined anew by each test of how a network is looked into."""

from __future__ import annotations

import pytest

from visualize.methods.network import probe
from visualize.methods.network.examination.experiments import examine
from visualize.methods.network.run import runner
from visualize.methods.network.run.graph import trace


@pytest.fixture(autouse=True)
def _each_test_examines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "examine", examine)
    monkeypatch.setattr(runner, "trace", trace)
