"""Counts by the operations that a GPU does, on a processor that is taken for one; and on a GPU where there is one."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.kit.fake_gpu import FakeGpu
from tests.kit.labelled import noise
from tests.kit.networks import SIZE, classifier_probe, seeded
from visualize.methods.dissection import device_masks
from visualize.methods.dissection.device_masks import DeviceMasks
from visualize.methods.dissection.device_sums import DeviceSums
from visualize.methods.dissection.masks import Evaluator
from visualize.methods.dissection.pipeline import Dissected, dissect
from visualize.methods.dissection.settings import Settings
from visualize.methods.dissection.thresholds import TopValues
from visualize.methods.errors import MemoryWarning
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe

if TYPE_CHECKING:
    from visualize.methods.dissection.settings import Alignment

_ARRAYS = ("thresholds", "intersection", "activation", "truth", "annotated", "top_indices", "top_peaks")
_LAYERS = ("conv", "deep", "fc")


class Whole(nn.Module):
    """Brings pixels in 0..1 back to the whole numbers that they were."""

    def forward(self, x: Tensor) -> Tensor:
        return (x * 255).round()


def _alike(one: Dissected, other: Dissected) -> None:
    assert one.scanned == other.scanned
    for name, scores in one.layers.items():
        for key in _ARRAYS:
            np.testing.assert_array_equal(getattr(scores, key), getattr(other.layers[name], key), err_msg=key)
        for item in dataclasses.fields(scores.sure) if scores.sure is not None else ():
            mine, theirs = (getattr(held.sure, item.name) for held in (scores, other.layers[name]))
            np.testing.assert_array_equal(mine, theirs, err_msg=item.name)


@pytest.mark.parametrize(
    ("quantile", "shape", "alignment"),
    [(0.003, (20, 28), "receptive-field"), (0.05, (9, 31), "receptive-field"), (0.6, (10, 14), "resize")],
)
def test_a_gpus_way_counts_what_the_processor_counts(
    quantile: float, shape: tuple[int, int], alignment: Alignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, asked = noise(37, SIZE, shape), Settings(quantile=quantile, alignment=alignment, resamples=30)
    here = dissect(classifier_probe(), _LAYERS, held, asked, batch=8)
    FakeGpu().install(monkeypatch)

    def unused(*_: object) -> None:
        raise AssertionError("the processor was asked for masks")

    monkeypatch.setattr(Evaluator, "masks", unused)
    _alike(here, dissect(classifier_probe(), _LAYERS, held, asked, batch=8))


def _full(*_: object, **__: object) -> None:
    raise torch.OutOfMemoryError("as a GPU says it")


def test_where_its_memory_does_not_hold_all_cells_fewer_are_looked_at_together(monkeypatch: pytest.MonkeyPatch) -> None:
    held, asked = noise(20, SIZE, (20, 28)), Settings(quantile=0.05, resamples=0)
    here = dissect(classifier_probe(), ["deep"], held, asked)
    FakeGpu().install(monkeypatch)
    evaluated, sizes = DeviceMasks._evaluated, list[int]()
    monkeypatch.setattr(device_masks, "_LEAST", 1)

    def some(self: DeviceMasks, dense: Tensor, corners: Tensor) -> tuple[Tensor, Tensor]:
        sizes.append(len(corners))
        if len(corners) > 40:
            _full()
        return evaluated(self, dense, corners)

    monkeypatch.setattr(DeviceMasks, "_evaluated", some)
    _alike(here, dissect(classifier_probe(), ["deep"], held, asked))
    assert max(sizes) > 40 >= sizes[-1]


def test_where_its_memory_holds_nothing_the_processor_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    held, asked = noise(20, SIZE, (20, 28)), Settings(quantile=0.05, resamples=20)
    here = dissect(classifier_probe(), _LAYERS, held, asked)
    FakeGpu().install(monkeypatch)
    for kind, name in ((DeviceMasks, "_evaluated"), (Tensor, "topk"), (DeviceSums, "__call__")):
        monkeypatch.setattr(kind, name, _full)
    with pytest.warns(MemoryWarning) as said:
        _alike(here, dissect(classifier_probe(), _LAYERS, held, asked))
    told = {str(warning.message) for warning in said}
    for what in ("the masks of conv", "the masks of fc", "the largest activations", "the resamples"):
        assert any(f"no memory for {what}: the processor" in words for words in told)


def test_a_map_of_a_single_row_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    network = nn.Sequential(seeded(nn.Conv2d(3, 4, (20, 5), stride=(20, 3))))
    held, asked = noise(16, SIZE, (10, 14)), Settings(quantile=0.1, resamples=0)
    here = dissect(Probe(network, prepare=Preparation(SIZE)), ["0"], held, asked)
    FakeGpu().install(monkeypatch)
    there = dissect(Probe(network, prepare=Preparation(SIZE)), ["0"], held, asked)
    np.testing.assert_array_equal(here.layers["0"].intersection, there.layers["0"].intersection)


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.cuda)])
def test_the_largest_values_are_those_of_a_sort(device: str) -> None:
    draw = np.random.default_rng(0)
    values, units = draw.normal(size=40_000).astype(np.float32), draw.integers(0, 5, 40_000)
    top = TopValues(5, 100, np.float32)
    top.device = torch.device(device)
    for part in np.array_split(np.arange(40_000), 7):
        top.add(units[part], values[part])
        top.settle()
    for unit in range(5):
        wanted = np.sort(values[units == unit])[::-1]
        np.testing.assert_array_equal(np.sort(top.state()[unit])[::-1], wanted[:100])
        assert top.threshold(30)[unit] == wanted[30]


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.cuda)])
def test_sums_over_drawn_pictures_are_exact(device: str) -> None:
    draw = np.random.default_rng(1)
    counts, drawn = draw.integers(0, 1 << 26, (6, 500)), draw.integers(0, 9, (900, 40), np.uint8)
    pictures = np.sort(draw.choice(900, 500, replace=False))
    given = DeviceSums(drawn, torch.device(device))(counts.astype(np.float64), pictures)
    np.testing.assert_array_equal(given.astype(np.int64), counts @ drawn[pictures].astype(np.int64))


@pytest.mark.cuda
@pytest.mark.parametrize("quantile", [0.003, 0.3])
def test_counts_of_a_gpu_are_those_of_the_processor_on_the_same_activations(quantile: float) -> None:
    """Sums of eighths of whole numbers, which both devices compute without rounding, in TF32 too."""
    network = nn.Sequential(Whole(), nn.Conv2d(3, 6, 3, stride=2), nn.ReLU())
    with torch.no_grad():
        for tensor in network.parameters():
            tensor.copy_(torch.randint(-8, 9, tensor.shape, generator=torch.Generator().manual_seed(0)) / 8)
    held, asked = noise(150, SIZE, (20, 28)), Settings(quantile=quantile, resamples=100)
    prepare = Preparation(SIZE)
    here = dissect(Probe(network, prepare=prepare), ["2"], held, asked)
    there = dissect(Probe(network.cuda(), prepare=prepare), ["2"], held, asked)
    _alike(here, there)
