"""Search for top images against brute force over all activations."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.kit.networks import SIZE
from tests.kit.pictures import Listed, arrays
from tests.kit.plain_hooks import seen_by
from tests.methods.top_images.looks import classifier, look
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.top_images.method import TopImages
from visualize.methods.unit import Unit


def _brute(probe: Probe, held: list[np.ndarray], layer: str) -> np.ndarray:
    """All maps of a layer, pictures x units x rows x columns, by plain hooks."""
    stacked = torch.from_numpy(np.stack(held)).permute(0, 3, 1, 2).float().div(255)
    maps = seen_by(probe.network, (layer,), probe.prepare(stacked.to(next(probe.network.parameters()).dtype)))[layer]
    maps = maps.detach().reshape(*maps.shape[:2], *(maps.shape[2:] or (1, 1)))
    values: np.ndarray = maps.numpy()
    return values


@pytest.mark.parametrize("batch", [1, 4, 7, 64])
def test_the_best_pictures_of_every_unit_are_found(batch: int) -> None:
    held, probe = arrays(30, SIZE), classifier()
    held += [held[3], held[17], held[3]]  # exact ties
    units = [*probe.units("deep"), *probe.units("fc"), Unit("conv", 2, (3, 4))]
    results = look(TopImages(count=6, batch=batch), probe, units, Stack(held))
    for unit, result in zip(units, results, strict=True):
        maps = _brute(probe, held, unit.layer)[:, unit.index]
        flat = maps.reshape(len(held), -1)
        peaks = flat.max(1) if unit.position is None else maps[:, unit.position[0], unit.position[1]]
        order = np.argsort(-np.round(peaks, 9), kind="stable")[:6]
        assert result.unit == unit
        assert result.indices == tuple(order)
        np.testing.assert_allclose(result.activations, peaks[order], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(result.maps, maps[order], rtol=1e-9, atol=1e-12)
        for place, index in enumerate(order):
            wanted = unit.position or divmod(int(flat[index].argmax()), maps.shape[2])
            assert result.positions[place] == wanted
        assert result.files == tuple(f"pictures/{index}" for index in order)


class _Constant(nn.Module):
    """Gives every picture the same activations, but those whose first pixel is white twice as much."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        white = (x[:, :1, :1, :1] == 1).to(x) + 1
        y: Tensor = self.conv(0 * x + white)
        return y


@pytest.mark.parametrize("batch", [1, 3, 8])
@pytest.mark.parametrize("count", [1, 4, 20])
def test_exact_ties_stay_in_the_sets_order(count: int, batch: int) -> None:
    held = [np.zeros((4, 4, 3), np.uint8) for _ in range(9)]
    held[5][0, 0] = held[7][0, 0] = 255
    network = _Constant()
    with torch.no_grad():
        network.conv.weight.fill_(1)
        assert network.conv.bias is not None
        network.conv.bias.fill_(0)
    probe = Probe(network, prepare=Preparation((4, 4)))
    (result,) = look(TopImages(count=count, batch=batch), probe, [Unit("conv", 1)], Stack(held))
    assert result.indices == (5, 7, 0, 1, 2, 3, 4, 6, 8)[:count]
    assert set(result.positions) == {(0, 0)}


def test_the_order_of_peaks_that_differ_by_less_than_float32_holds() -> None:
    """In a float64 network the ranking is made in float64."""
    conv = nn.Conv2d(3, 1, 1).double()
    network = nn.Sequential(conv)
    with torch.no_grad():
        conv.weight.fill_(1e-12)
        conv.bias = nn.Parameter(torch.ones_like(conv.weight[:, 0, 0, 0]))
    held = [np.full((2, 2, 3), level, np.uint8) for level in (10, 30, 20)]
    (result,) = look(
        TopImages(count=3, batch=1), Probe(network, prepare=Preparation((2, 2))), [Unit("0", 0)], Stack(held)
    )
    assert result.indices == (1, 2, 0)


def test_fewer_pictures_than_asked_for_are_all_given() -> None:
    (result,) = look(TopImages(count=9), classifier(), [Unit("deep", 0)], Stack(arrays(3, SIZE)))
    assert sorted(result.indices) == [0, 1, 2]
    assert len(result.panels()) == result.maps.shape[0] == 3
    assert result.scanned == 3


def test_one_run_serves_all_units_of_all_layers() -> None:
    images, probe = Listed(arrays(10, SIZE)), classifier()
    look(TopImages(), probe, [*probe.units("deep"), *probe.units("conv"), *probe.units("fc")], images)
    assert sorted(images.loads) == list(range(10))


def test_an_activation_that_is_not_finite_names_the_picture() -> None:
    held = [np.full((*SIZE, 3), 128, np.uint8) for _ in range(5)]
    held[3][:] = 0

    class Root(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 2, 1)

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = self.conv(torch.log(x))
            return y

    with pytest.raises(InputError, match=r"conv gives an activation that is not finite for pictures/3"):
        look(TopImages(batch=2), Probe(Root(), prepare=Preparation(SIZE)), [Unit("conv", 0)], Stack(held))
