"""Occlusions of parts of a picture against whole pictures that are occluded one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.kit.networks import seeded
from tests.kit.pictures import pictures
from tests.kit.unchanged import unchanged
from tests.methods.top_images.occluded import OCCLUDED, Deep
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.top_images.occlusion import Occluder, Occlusions, Spot
from visualize.methods.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Callable


class _Global(nn.Module):
    """The whole picture's brightness scales it, so that no field is local."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.deep = nn.Conv2d(4, 3, 3, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        deep: Tensor = self.deep(y * y.mean((1, 2, 3), keepdim=True))
        return deep


class _Placed(nn.Module):
    """Adds a number of its own to every place, so that no part of the picture can be run by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 5, stride=2)
        self.place = nn.Parameter(torch.zeros(1, 4, 29, 35))
        self.deep = nn.Conv2d(4, 3, 3)

    def forward(self, x: Tensor) -> Tensor:
        deep: Tensor = self.deep(torch.relu(self.conv(x) + self.place))
        return deep


class _Hidden(Deep):
    """Control flow that hides the graph, so that the receptive field is measured."""

    def forward(self, x: Tensor) -> Tensor:
        if float(x.sum()) > -1e9:
            return super().forward(x)
        return x


def _brute(probe: Probe, picture: Tensor, noise: Tensor, unit: Unit, occluder: Occluder) -> np.ndarray:
    """Every occluded picture run whole, one at a time, by the network itself."""

    def value(shown: Tensor) -> float:
        kept: list[Tensor] = []
        handle = probe.network.get_submodule(unit.layer).register_forward_hook(lambda *given: kept.append(given[2]))
        with torch.no_grad():
            probe.network.eval()(probe.prepare(shown[None].to(next(probe.network.parameters()).dtype)))
        handle.remove()
        row, column = unit.position or (0, 0)
        return float(kept[0][0, unit.index, row, column])

    rows = range(
        (picture.shape[1] - occluder.size) % occluder.stride // 2, picture.shape[1] - occluder.size + 1, occluder.stride
    )
    columns = range(
        (picture.shape[2] - occluder.size) % occluder.stride // 2, picture.shape[2] - occluder.size + 1, occluder.stride
    )
    drops = np.zeros((len(rows), len(columns)))
    for i, top in enumerate(rows):
        for j, left in enumerate(columns):
            shown = picture.clone()
            part = (slice(None), slice(top, top + occluder.size), slice(left, left + occluder.size))
            shown[part] = noise[part]
            drops[i, j] = value(picture) - value(shown)
    return drops


@pytest.mark.parametrize("position", ["first", "middle", "last", "edge"])
@pytest.mark.parametrize("kind", [Deep, _Global, _Placed, _Hidden])
def test_the_drops_are_those_of_whole_pictures(kind: Callable[[], nn.Module], position: str) -> None:
    network = seeded(kind()).double()
    probe = Probe(network, prepare=Preparation(OCCLUDED, mean=(0.4, 0.5, 0.6)))
    layer = probe.layer("deep")
    rows, columns = layer.map_size
    at = {"first": (0, 0), "middle": (rows // 2, columns // 2), "last": (rows - 1, columns - 1), "edge": (rows // 2, 1)}
    unit = Unit("deep", 2, at[position])
    picture, noise = pictures(2, OCCLUDED, seed=4)
    occluder = Occluder(7, 5)
    with unchanged(network):
        occlusions = Occlusions(probe, picture, occluder, noise)
        maps = probe.activations(picture[None], ["deep"])["deep"][0, 2]
        spot = Spot(2, at[position], float(maps[at[position]]), float(maps.abs().max()))
        (drops,) = occlusions.drops(layer, [spot])
    wanted = _brute(probe, picture, noise, unit, occluder)
    np.testing.assert_allclose(drops.nan_to_num(), wanted, rtol=1e-9, atol=1e-12)
    if kind is Deep:
        assert occlusions.pixels < 0.5 * drops.numel() * picture[0].numel()


def test_single_precision_agrees_with_whole_pictures_to_rounding() -> None:
    probe = Probe(seeded(Deep()), prepare=Preparation(OCCLUDED))
    layer, picture = probe.layer("deep"), pictures(2, OCCLUDED, seed=1)
    maps = probe.activations(picture[:1], ["deep"])["deep"][0]
    spots = [Spot(unit, (row, 4), float(maps[unit, row, 4]), 1.0) for unit in (0, 3) for row in (2, 3)]
    cut, whole = (
        Occlusions(probe, picture[0], Occluder(), picture[1], whole=whole).drops(layer, spots)
        for whole in (False, True)
    )
    for drops, other in zip(cut, whole, strict=True):
        np.testing.assert_allclose(drops.nan_to_num(), other, atol=1e-5)


def test_units_with_one_picture_share_runs_and_get_the_same_numbers() -> None:
    probe = Probe(seeded(Deep()).double(), prepare=Preparation(OCCLUDED))
    layer, picture = probe.layer("deep"), pictures(2, OCCLUDED, seed=1)
    maps = probe.activations(picture[:1], ["deep"])["deep"][0]
    spots = [Spot(unit, (4, 4), float(maps[unit, 4, 4]), 1.0) for unit in range(5)]
    together = Occlusions(probe, picture[0], Occluder(), picture[1])
    alone = [Occlusions(probe, picture[0], Occluder(), picture[1]) for _ in spots]
    for spot, drops, other in zip(spots, together.drops(layer, spots), alone, strict=True):
        np.testing.assert_array_equal(drops.isnan(), other.drops(layer, [spot])[0].isnan())
        np.testing.assert_allclose(drops, other.drops(layer, [spot])[0], rtol=1e-9)
    assert 2 * together.runs <= alone[0].runs  # those ran twice


def test_spread_gives_each_pixel_the_mean_of_the_occluders_that_cover_it() -> None:
    occluder, shape = Occluder(4, 3), (15, 18)
    rows, columns = occluder.places(shape)
    drops = torch.rand(len(rows), len(columns), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    total, count = np.zeros(shape), np.zeros(shape)
    for i, top in enumerate(rows.tolist()):
        for j, left in enumerate(columns.tolist()):
            total[top : top + 4, left : left + 4] += float(drops[i, j])
            count[top : top + 4, left : left + 4] += 1
    mean, covered = occluder.spread(drops, shape)
    np.testing.assert_array_equal(covered, count > 0)
    np.testing.assert_allclose(mean, total / np.maximum(count, 1), rtol=1e-12)


@pytest.mark.parametrize("wrong", [(4, 5), (4, 0), (0, 0)])
def test_a_stride_beyond_the_occluder_is_refused(wrong: tuple[int, int]) -> None:
    with pytest.raises(InputError, match=r"stride lies in 1\.\.its size"):
        Occluder(*wrong)
