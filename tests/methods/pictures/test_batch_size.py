"""How many pictures are looked at together, by the memory that there is."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
import torch
from torch import nn

from tests.kit.fake_gpu import FakeGpu
from tests.kit.labelled import noise
from tests.kit.networks import SIZE, Classifier, seeded
from visualize.methods.dissection.pipeline import dissect
from visualize.methods.dissection.settings import Settings
from visualize.methods.errors import MemoryWarning
from visualize.methods.network import accelerator
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.batch_size import fitting

_BATCHES: tuple[Literal["auto"] | None, ...] = (None, "auto")


def _probe() -> Probe:
    return Probe(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), prepare=Preparation((10, 12)))


def _full(*_: object) -> None:
    raise torch.OutOfMemoryError("as a GPU says it")


@pytest.mark.parametrize(("pictures", "size"), [(1000, 8), (16, 8), (15.9, 4), (6, 2), (1.5, 1), (0.1, 1)])
def test_a_processor_takes_what_the_outputs_of_all_modules_allow(
    pictures: float, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    each = 2 * 4 * 8 * 10 * 4  # two modules, 4 units, 8 x 10 positions, 4 bytes
    monkeypatch.setattr(accelerator, "total_memory", lambda device: int(pictures * each))
    monkeypatch.setattr(accelerator, "free_memory", lambda device: 1 << 40)
    assert fitting(_probe(), ["1"]) == size


def test_a_gpu_takes_what_a_run_of_four_pictures_took(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = FakeGpu(free=1 << 40, total=2 * 100 * 1000, peak=4 * 1000).install(monkeypatch)
    assert fitting(_probe(), ["1"]) == 64
    gpu.total = 1 << 40
    assert fitting(_probe(), ["1"]) == 256
    gpu.free = 40 * 1000
    with pytest.warns(MemoryWarning, match="only for 32"):
        assert fitting(_probe(), ["1"]) == 32
    probe = _probe()
    monkeypatch.setattr(probe, "activations", _full)
    assert fitting(probe, ["1"]) == 1


def test_a_dissection_does_not_hang_on_it_beyond_rounding() -> None:
    """In float64: counts are those of batches of 8, at thresholds that rounding does not reach."""
    held, asked = noise(21, SIZE, (20, 28)), Settings(quantile=0.02, resamples=0)
    probe = Probe(seeded(Classifier()).double(), prepare=Preparation(SIZE))
    usual, fitted = (dissect(probe, ["deep"], held, asked, batch=batch).layers["deep"] for batch in _BATCHES)
    np.testing.assert_allclose(usual.thresholds, fitted.thresholds, rtol=1e-12)
    np.testing.assert_array_equal(usual.intersection, fitted.intersection)


@pytest.mark.cuda
def test_a_gpu_holds_so_many() -> None:
    network = nn.Sequential(*[nn.Conv2d(3 if not number else 16, 16, 3, padding=1) for number in range(4)])
    probe = Probe(network.cuda(), prepare=Preparation((224, 224)))
    size = fitting(probe, ["3"])
    assert 1 <= size <= 256
    probe.activations(torch.rand(size, 3, 224, 224), ["3"])
