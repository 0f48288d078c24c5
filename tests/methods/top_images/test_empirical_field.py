"""Empirical receptive fields against brute force and against networks whose weights are known."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from methods.errors import InputError
from methods.network.preprocessing import Preparation
from methods.network.probe import Probe
from methods.pictures.images import Stack
from methods.top_images.empirical_field import EmpiricalField
from methods.top_images.field_measurement import empirical_fields
from methods.top_images.method import TopImages
from methods.top_images.occlusion import Occluder, Occlusions, Spot
from methods.top_images.result import TopResult
from methods.unit import Unit
from tests.kit.networks import seeded
from tests.kit.pictures import arrays, pictures
from tests.kit.unchanged import unchanged

if TYPE_CHECKING:
    from collections.abc import Callable


_SIZE = (61, 74)


class _Deep(nn.Module):
    """Padding, steps, pools with and without padding, two branches."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 5, stride=2, padding=2)
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.left = nn.Conv2d(6, 4, 1)
        self.right = nn.Conv2d(6, 4, 3, padding=1)
        self.mean = nn.AvgPool2d(2, 2, padding=1)
        self.deep = nn.Conv2d(8, 5, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(torch.relu(self.conv(x)))
        x = torch.cat([torch.relu(self.left(x)), self.right(x)], 1)
        found: Tensor = self.deep(self.mean(x))
        return found


class _Global(nn.Module):
    """The whole picture's brightness scales it, so that no field is local."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.deep = nn.Conv2d(4, 3, 3, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        found: Tensor = self.deep(y * y.mean((1, 2, 3), keepdim=True))
        return found


class _Placed(nn.Module):
    """Adds a number of its own to every place, so that no part of the picture can be run by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 5, stride=2)
        self.place = nn.Parameter(torch.zeros(1, 4, 29, 35))
        self.deep = nn.Conv2d(4, 3, 3)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.deep(torch.relu(self.conv(x) + self.place))
        return found


class _Hidden(_Deep):
    """Control flow that hides the graph, so that the receptive field is measured."""

    def forward(self, x: Tensor) -> Tensor:
        if float(x.sum()) > -1e9:
            return super().forward(x)
        return x


def _brute(probe: Probe, picture: Tensor, noise: Tensor, unit: Unit, occluder: Occluder) -> np.ndarray:
    """Every occluded picture run whole, one at a time, by the network itself."""

    def value(one: Tensor) -> float:
        kept: list[Tensor] = []
        handle = probe.network.get_submodule(unit.layer).register_forward_hook(lambda *given: kept.append(given[2]))
        with torch.no_grad():
            probe.network.eval()(probe.prepare(one[None].to(next(probe.network.parameters()).dtype)))
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
            one = picture.clone()
            part = (slice(None), slice(top, top + occluder.size), slice(left, left + occluder.size))
            one[part] = noise[part]
            drops[i, j] = value(picture) - value(one)
    return drops


@pytest.mark.parametrize("position", ["first", "middle", "last", "edge"])
@pytest.mark.parametrize("kind", [_Deep, _Global, _Placed, _Hidden])
def test_the_drops_are_those_of_whole_pictures(kind: Callable[[], nn.Module], position: str) -> None:
    network = seeded(kind()).double()
    probe = Probe(network, prepare=Preparation(_SIZE, mean=(0.4, 0.5, 0.6)))
    layer = probe.layer("deep")
    rows, columns = layer.map_size
    at = {"first": (0, 0), "middle": (rows // 2, columns // 2), "last": (rows - 1, columns - 1), "edge": (rows // 2, 1)}
    unit = Unit("deep", 2, at[position])
    picture, noise = pictures(2, _SIZE, seed=4)
    occluder = Occluder(7, 5)
    with unchanged(network):
        occlusions = Occlusions(probe, picture, occluder, noise)
        maps = probe.activations(picture[None], ["deep"])["deep"][0, 2]
        spot = Spot(2, at[position], float(maps[at[position]]), float(maps.abs().max()))
        (found,) = occlusions.drops(layer, [spot])
    wanted = _brute(probe, picture, noise, unit, occluder)
    np.testing.assert_allclose(found.nan_to_num(), wanted, rtol=1e-9, atol=1e-12)
    if kind is _Deep:
        assert occlusions.pixels < 0.5 * found.numel() * picture[0].numel()


def test_single_precision_agrees_with_whole_pictures_to_rounding() -> None:
    probe = Probe(seeded(_Deep()), prepare=Preparation(_SIZE))
    layer, picture = probe.layer("deep"), pictures(2, _SIZE, seed=1)
    maps = probe.activations(picture[:1], ["deep"])["deep"][0]
    spots = [Spot(unit, (row, 4), float(maps[unit, row, 4]), 1.0) for unit in (0, 3) for row in (2, 3)]
    cut, whole = (
        Occlusions(probe, picture[0], Occluder(), picture[1], whole=whole).drops(layer, spots)
        for whole in (False, True)
    )
    for one, other in zip(cut, whole, strict=True):
        np.testing.assert_allclose(one.nan_to_num(), other, atol=1e-5)


def test_units_with_one_picture_share_runs_and_get_the_same_numbers() -> None:
    probe = Probe(seeded(_Deep()).double(), prepare=Preparation(_SIZE))
    layer, picture = probe.layer("deep"), pictures(2, _SIZE, seed=1)
    maps = probe.activations(picture[:1], ["deep"])["deep"][0]
    spots = [Spot(unit, (4, 4), float(maps[unit, 4, 4]), 1.0) for unit in range(5)]
    together = Occlusions(probe, picture[0], Occluder(), picture[1])
    alone = [Occlusions(probe, picture[0], Occluder(), picture[1]) for _ in spots]
    for spot, one, other in zip(spots, together.drops(layer, spots), alone, strict=True):
        np.testing.assert_array_equal(one.isnan(), other.drops(layer, [spot])[0].isnan())
        np.testing.assert_allclose(one, other.drops(layer, [spot])[0], rtol=1e-9)
    assert 2 * together.runs <= alone[0].runs  # those ran twice


def _wired(weight: Tensor) -> nn.Sequential:
    """Two linear layers: the second picks one place of the first, whose weights are given."""
    first = nn.Conv2d(3, 1, (weight.shape[1], weight.shape[2]), bias=False)
    second = nn.Conv2d(1, 1, 3, stride=2, bias=False)
    with torch.no_grad():
        first.weight.copy_(weight[None])
        second.weight.zero_()
        second.weight[0, 0, 1, 1] = 1
    return nn.Sequential(first, second).double()


def _linear(weight: Tensor, count: int = 8, **settings: int) -> tuple[TopResult, Probe]:
    probe = Probe(_wired(weight), prepare=Preparation((40, 44)))
    rows, columns = probe.layer("1").map_size
    unit = Unit("1", 0, (rows // 2, columns // 2))  # in the interior
    (result,) = TopImages(count=count, empirical=count, **settings)(probe, unit, Stack(arrays(count, (40, 44))))
    assert isinstance(result, TopResult)
    return result, probe


def test_of_a_linear_network_the_field_is_the_support_of_its_weights() -> None:
    generator = torch.Generator().manual_seed(0)
    weight = torch.zeros(3, 9, 7, dtype=torch.float64)
    shape = torch.tensor([[1, 0, 1, 1], [0, 0, 1, 0], [1, 1, 1, 0]])
    weight[:, 3:6, 2:6] = torch.randn(3, 3, 4, generator=generator).sign() * shape
    result, _ = _linear(weight, occluder=1, stride=1)
    field = result.empirical
    assert field is not None
    # the theoretical field holds the second layer's margin of one first-layer step around the weights' 9 x 7
    assert tuple(field.drops.shape) == result.field.size == (11, 9)  # type: ignore[union-attr]
    wanted = np.zeros((11, 9), bool)
    wanted[1 + 3 : 1 + 6, 1 + 2 : 1 + 6] = shape.numpy() > 0
    np.testing.assert_array_equal(field.drops.numpy() > 0, wanted)
    assert field.occlusions == 8 * 11 * 9
    assert field.places == 8 * 40 * 44


def test_of_a_linear_network_the_map_is_the_mean_fall_in_closed_form() -> None:
    """fall = sum of weight x (picture - noise) over what is covered, where it is above zero."""
    weight = torch.randn(3, 9, 7, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    result, _ = _linear(weight, occluder=4, stride=3)
    field = result.empirical
    assert field is not None
    total, count = np.zeros((40, 44)), np.zeros((40, 44))
    top, left = (int(at) - 5 + 1 for at in (2 * result.positions[0][0] + 5, 2 * result.positions[0][1] + 4 + 1))
    placed = np.zeros((3, 40, 44))
    placed[:, top : top + 9, left : left + 7] = weight
    for place in range(8):
        picture = result.picture(place).transpose(2, 0, 1).astype(np.float32) / np.float32(255)
        generator = torch.Generator().manual_seed(zlib.crc32(result.files[place].encode()))
        noise = torch.rand(3, 40, 44, generator=generator).numpy()
        gain = (placed * (picture.astype(float) - noise)).sum(0)
        sums, counts = np.zeros((40, 44)), np.zeros((40, 44))
        for row in range(0, 37, 3):
            for column in range(0, 41, 3):
                own = (slice(row, row + 4), slice(column + 40 % 3 // 2, column + 40 % 3 // 2 + 4))
                sums[own] += max(0.0, gain[own].sum())
                counts[own] += 1
        total += np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
        count += counts > 0
    mean = (total / np.maximum(count, 1))[top - 1 : top + 10, left - 1 : left + 8]
    np.testing.assert_allclose(field.drops, mean, rtol=1e-5, atol=1e-7)  # the pictures are single precision
    assert field.side == pytest.approx(np.sqrt((mean >= 0.5 * mean.max()).sum()))


def test_maps_are_centred_on_the_peaks() -> None:
    """A unit that sees one bright dot, wherever it is: the mean map shows it in one place."""
    held = []
    for row, column in ((8, 9), (20, 13), (30, 31)):
        picture = np.zeros((40, 44, 3), np.uint8)
        picture[row, column] = 255
        held.append(picture)
    weight = torch.zeros(3, 5, 5, dtype=torch.float64)
    weight[:, 2, 2] = 1
    network = nn.Sequential(nn.Conv2d(3, 1, 5, bias=False)).double()
    with torch.no_grad():
        network[0].weight.copy_(weight[None])  # type: ignore[operator]
    probe = Probe(network, prepare=Preparation((40, 44)))
    (result,) = TopImages(empirical=3, occluder=1, stride=1)(probe, Unit("0", 0), Stack(held))
    assert isinstance(result, TopResult)
    assert result.empirical is not None
    assert set(result.positions) == {(6, 7), (18, 11), (28, 29)}
    assert np.argwhere(result.empirical.mask).tolist() == [[2, 2]]
    assert result.empirical.side == 1


def test_at_the_border_what_most_pictures_do_not_show_is_left_out() -> None:
    """Peaks in the corner: what would lie beyond the picture is neither occluded nor counted."""
    probe = Probe(seeded(_Deep()).double(), prepare=Preparation(_SIZE))
    (result,) = TopImages(empirical=2)(probe, Unit("deep", 1, (0, 0)), Stack(arrays(3, _SIZE)))
    assert isinstance(result, TopResult)
    field = result.empirical
    assert field is not None
    assert result.field is not None
    first = round(result.field.offset[0] - (result.field.size[0] - 1) / 2)
    assert first < 0
    assert field.drops.shape[0] == result.field.size[0] + first - 1  # (61 - 11) % 3 // 2 rows are never covered
    assert (field.counts == 2).all()


def test_a_layer_that_sees_all_is_averaged_around_the_middle() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 12 * 14, 4)).double()
    probe = Probe(network, prepare=Preparation((12, 14)))
    (result,) = TopImages(empirical=2, occluder=3, stride=1)(probe, Unit("1", 2), Stack(arrays(4, (12, 14))))
    assert isinstance(result, TopResult)
    field = result.empirical
    assert field is not None
    assert field.theoretical is None
    assert tuple(field.drops.shape) == (12, 14)
    assert "the whole input" in result.panels()[-1].caption
    assert result.facts()["field"]["theoretical"] is None  # type: ignore[call-overload, index]


def test_the_result_prints_both_sizes_side_by_side() -> None:
    result, _ = _linear(torch.ones(3, 9, 7, dtype=torch.float64), count=3)
    caption = result.panels()[-1].caption
    assert isinstance(result.empirical, EmpiricalField)
    assert f"empirical field {result.empirical.side:.0f} x" in caption
    assert "theoretical 11 x 9 px" in caption
    field = result.facts()["field"]
    assert isinstance(field, dict)
    assert field["theoretical"] == [11, 9]
    assert field["empirical"] == result.empirical.facts()
    np.testing.assert_array_equal(result.arrays()["empirical"], result.empirical.drops)
    assert len(result.panels()) == 4


def test_a_unit_that_nothing_lowers_has_no_field() -> None:
    network = nn.Sequential(nn.Conv2d(3, 1, 3, bias=False)).double()
    with torch.no_grad():
        network[0].weight.zero_()  # type: ignore[operator]
    probe = Probe(network, prepare=Preparation((20, 20)))
    (result,) = TopImages(empirical=1)(probe, Unit("0", 0), Stack(arrays(2, (20, 20))))
    assert isinstance(result, TopResult)
    assert result.empirical is not None
    assert result.empirical.side == 0
    assert result.empirical.facts()["side"] is None
    assert result.panels()[-1].caption


def test_progress_is_told_to_the_end() -> None:
    probe = Probe(seeded(_Deep()), prepare=Preparation(_SIZE))
    told: list[tuple[int, int]] = []
    units = probe.units("deep")
    TopImages(count=2, empirical=2)(probe, units, Stack(arrays(5, _SIZE)), progress=lambda *given: told.append(given))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == told[-1][1] == told[0][1]
    assert len({total for _, total in told}) == 1


@pytest.mark.parametrize("wrong", [{"empirical": 10}, {"empirical": -1}, {"occluder": 0}, {"stride": 12}])
def test_impossible_settings(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        TopImages(**wrong)


def test_impossible_demands() -> None:
    probe = Probe(seeded(_Deep()), prepare=Preparation(_SIZE))
    tops = TopImages(count=1)(probe, Unit("deep", 0), Stack(arrays(1, _SIZE)))
    with pytest.raises(InputError, match="level lies above 0"):
        empirical_fields(probe, tops, level=0)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="does not fit a picture"):
        empirical_fields(probe, tops, occluder=Occluder(99))  # type: ignore[arg-type]
