"""Last convolutions of some units: their maps and gradients are those of the whole layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor, nn

from visualize.methods import GradientAscent, Preparation, Probe, Unit
from visualize.methods.network.run.graph import trace
from visualize.methods.network.run.optimized_graph import plan

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Branches(nn.Module):
    """A layer of two joined branches, one of which is rectified, and another layer behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU())
        self.small, self.large, self.join = nn.Conv2d(6, 4, 1), nn.Conv2d(6, 5, 3, padding=1), nn.Identity()
        self.summed = nn.Conv2d(9, 9, 1)

    def forward(self, pictures: Tensor) -> Tensor:
        maps = self.first(pictures)
        joined: Tensor = self.join(torch.cat([self.small(maps).relu(), torch.relu(self.large(maps))], 1))
        summed: Tensor = joined + self.summed(joined)
        return summed


def _network() -> _Branches:
    torch.manual_seed(0)
    return _Branches().eval().requires_grad_(False)


@pytest.mark.parametrize("units", [(0, 3), (7,), (2, 8, 4), tuple(range(9))])
@pytest.mark.parametrize("layer", ["first", "summed"])
def test_maps_and_gradients_of_chosen_units_are_those_of_the_whole_layer(layer: str, units: Sequence[int]) -> None:
    graph = trace(_network().double())
    assert graph is not None
    run = plan(graph, [layer], channels_last=True)
    units = [unit for unit in units if unit < 6] if layer == "first" else list(units)
    pictures = torch.rand(2, 3, 12, 12, dtype=torch.float64, requires_grad=True)
    (wanted,), (given,) = run(pictures), run(pictures, [units])
    assert wanted is not None
    assert given is not None
    torch.testing.assert_close(given[:, units], wanted[:, units], rtol=0, atol=1e-14)
    if units:
        (back,) = torch.autograd.grad(wanted[:, units].square().sum(), pictures)
        (some,) = torch.autograd.grad(given[:, units].square().sum(), pictures)
        torch.testing.assert_close(some, back, rtol=0, atol=1e-13)
    (again,) = run(pictures)
    assert again is not None
    assert torch.equal(again, wanted)


class _Fire(nn.Module):
    """A layer that ends in the join of two rectified convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.rectify = nn.Conv2d(3, 6, 3), nn.ReLU()
        self.small, self.large = nn.Conv2d(6, 4, 1), nn.Conv2d(6, 5, 3, padding=1)

    def forward(self, pictures: Tensor) -> Tensor:
        maps = self.rectify(self.first(pictures))
        return torch.cat([self.rectify(self.small(maps)), self.rectify(self.large(maps))], 1)


def test_other_units_of_a_last_layer_are_not_computed() -> None:
    torch.manual_seed(0)
    graph = trace(_Fire().eval().requires_grad_(False))
    assert graph is not None
    (name,) = [name for name in graph.ends if not name]
    run = plan(graph, [name], channels_last=True)
    pictures = torch.rand(1, 3, 9, 9)
    (wanted,), (given,) = run(pictures), run(pictures, [(1, 6)])
    assert wanted is not None
    assert given is not None
    torch.testing.assert_close(given[:, [1, 6]], wanted[:, [1, 6]])
    assert wanted[:, [0, 2, 3, 4, 5, 7, 8]].any()
    assert not given[:, [0, 2, 3, 4, 5, 7, 8]].any()
    (of_one_branch,) = run(pictures, [(7,)])
    assert of_one_branch is not None
    torch.testing.assert_close(of_one_branch[:, 7], wanted[:, 7])


def test_pictures_of_ascent_hang_on_no_other_unit() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.Conv2d(6, 8, 3), nn.ReLU())
    network.double()  # roundings of float32 grow a thousandfold in eight steps
    made = []
    for optimise in (True, False):
        probe = Probe(network, prepare=Preparation((24, 24)), optimise=optimise)
        made.append(GradientAscent(steps=8)(probe, [Unit("3", 5), Unit("1", 2)]))
    for some, whole in zip(*made, strict=True):
        torch.testing.assert_close(some.pictures, whole.pictures, rtol=0, atol=1e-6)
        torch.testing.assert_close(some.curve, whole.curve, rtol=1e-6, atol=1e-6)
