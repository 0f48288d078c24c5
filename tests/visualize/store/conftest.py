"""A cache of the test's own, and a network and pictures whose looking takes no time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import nn

from tests.visualize.store.counting import Counting
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an empty cache that keeps results."""
    monkeypatch.setenv("VIZ_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("VIZ_KEEP", "1GB")
    return tmp_path / "cache"


@pytest.fixture
def probe() -> Probe:
    """Two convolutions with a rectifier between."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.Conv2d(6, 12, 3, stride=2))
    return Probe(network, prepare=Preparation((20, 20)))


@pytest.fixture
def images() -> Stack:
    """Eight pictures of noise."""
    return Stack(list(np.random.default_rng(0).integers(0, 256, (8, 24, 28, 3), dtype=np.uint8)), name="noise")


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counting:
    """Counts the calls of methods."""
    return Counting(monkeypatch)
