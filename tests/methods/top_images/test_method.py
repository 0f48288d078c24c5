"""Top-activated images against brute force over all activations."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from methods.errors import BrokenImageWarning, InputError
from methods.network.preprocessing import Preparation
from methods.network.probe import Probe
from methods.pictures.images import Stack
from methods.top_images.method import TopImages
from methods.top_images.result import TopResult
from methods.unit import Unit
from tests.kit.networks import SIZE, Classifier, seeded
from tests.kit.pictures import Listed, arrays
from tests.kit.plain_hooks import seen_by


def _probe(*, double: bool = True) -> Probe:
    network = seeded(Classifier())
    return Probe(network.double() if double else network, prepare=Preparation(SIZE, mean=(0.4, 0.5, 0.6)))


def _brute(probe: Probe, held: list[np.ndarray], layer: str) -> np.ndarray:
    """All maps of a layer, pictures x units x rows x columns, by plain hooks."""
    stacked = torch.from_numpy(np.stack(held)).permute(0, 3, 1, 2).float().div(255)
    maps = seen_by(probe.network, (layer,), probe.prepare(stacked.to(next(probe.network.parameters()).dtype)))[layer]
    maps = maps.detach().reshape(*maps.shape[:2], *(maps.shape[2:] or (1, 1)))
    found: np.ndarray = maps.numpy()
    return found


def _look(method: TopImages, probe: Probe, units: list[Unit], images: Stack | Listed) -> list[TopResult]:
    found = method(probe, units, images)
    assert all(isinstance(one, TopResult) for one in found)
    return list(found)  # type: ignore[arg-type]


@pytest.mark.parametrize("batch", [1, 4, 7, 64])
def test_the_best_pictures_of_every_unit(batch: int) -> None:
    held, probe = arrays(30, SIZE), _probe()
    held += [held[3], held[17], held[3]]  # exact ties
    units = [*probe.units("deep"), *probe.units("fc"), Unit("conv", 2, (3, 4))]
    results = _look(TopImages(count=6, batch=batch), probe, units, Stack(held))
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
        y: Tensor = self.conv(torch.ones_like(x) * white)
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
    (result,) = _look(TopImages(count=count, batch=batch), probe, [Unit("conv", 1)], Stack(held))
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
    (result,) = _look(
        TopImages(count=3, batch=1), Probe(network, prepare=Preparation((2, 2))), [Unit("0", 0)], Stack(held)
    )
    assert result.indices == (1, 2, 0)


def test_fewer_pictures_than_asked_for_are_all_given() -> None:
    (result,) = _look(TopImages(count=9), _probe(), [Unit("deep", 0)], Stack(arrays(3, SIZE)))
    assert sorted(result.indices) == [0, 1, 2]
    assert len(result.panels()) == result.maps.shape[0] == 3
    assert result.scanned == 3


def test_one_run_serves_all_units_of_all_layers() -> None:
    images, probe = Listed(arrays(10, SIZE)), _probe()
    _look(TopImages(), probe, [*probe.units("deep"), *probe.units("conv"), *probe.units("fc")], images)
    assert sorted(images.loads) == list(range(10))


def test_broken_pictures_are_counted_and_named() -> None:
    images = Listed(arrays(6, SIZE), bad=frozenset({1, 4}))
    with pytest.warns(BrokenImageWarning):
        (result,) = _look(TopImages(batch=2), _probe(), [Unit("deep", 1)], images)
    assert (result.scanned, result.broken) == (4, ("picture-1.jpg", "picture-4.jpg"))
    assert set(result.indices) == {0, 2, 3, 5}
    assert result.facts()["broken"] == ["picture-1.jpg", "picture-4.jpg"]
    assert "2 of 6 pictures could not be read and were skipped" in result.notes


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
        _look(TopImages(batch=2), Probe(Root(), prepare=Preparation(SIZE)), [Unit("conv", 0)], Stack(held))


def test_the_region_lies_within_the_receptive_field_around_the_peak() -> None:
    probe = _probe()
    results = _look(TopImages(count=5), probe, [*probe.units("deep"), *probe.units("conv")], Stack(arrays(12, SIZE)))
    for result in results:
        for place in range(5):
            mask, window = result.mask(place), result.window(place)
            assert window is not None
            assert result.field is not None
            top, left, bottom, right = window
            outside = mask.copy()
            outside[top:bottom, left:right] = False
            assert not outside.any()
            row, column = (round(at) for at in result.field.centre(*result.positions[place]))
            assert mask[min(max(row, 0), SIZE[0] - 1), min(max(column, 0), SIZE[1] - 1)]


@pytest.mark.parametrize("kernel", [1, 2, 3, 4])
def test_even_the_sharpest_peak_has_a_region(kernel: int) -> None:
    """A unit that answers to one place alone, whose field's centre may lie between pixels."""
    conv = nn.Conv2d(3, 1, kernel, bias=False)
    network = nn.Sequential(conv)
    with torch.no_grad():
        conv.weight.fill_(-0.1)
        conv.weight[:, :, 0, 0] = 1
    picture = np.zeros((12, 12, 3), np.uint8)
    picture[5, 6] = 255
    probe = Probe(network, prepare=Preparation((12, 12)))
    (result,) = _look(TopImages(region=0.9), probe, [Unit("0", 0)], Stack([picture]))
    assert result.positions == ((5, 6),)
    assert result.mask(0).any()


def test_a_unit_without_a_map_is_seen_in_the_whole_picture() -> None:
    (result,) = _look(TopImages(count=2), _probe(), [Unit("fc", 3)], Stack(arrays(4, SIZE)))
    assert result.window(0) is None
    assert result.mask(0).all()
    assert result.positions == ((0, 0), (0, 0))


def test_a_unit_that_no_picture_excites_is_noted() -> None:
    network = nn.Sequential(nn.Conv2d(3, 1, 1))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(-1)
    (result,) = _look(
        TopImages(count=2), Probe(network, prepare=Preparation(SIZE)), [Unit("0", 0)], Stack(arrays(3, SIZE))
    )
    assert result.notes == ("no photograph of this set excites the unit",)
    assert len(result.panels()) == 2


def test_half_precision_networks_give_arrays_too() -> None:
    probe = Probe(seeded(Classifier()).bfloat16(), prepare=Preparation(SIZE))
    (result,) = _look(TopImages(count=2), probe, [Unit("deep", 0)], Stack(arrays(3, SIZE)))
    assert result.arrays()["maps"].dtype.kind == "f"
    assert result._repr_png_().startswith(b"\x89PNG")


def test_an_empty_set_is_an_error() -> None:
    with pytest.raises(InputError, match="holds no pictures"):
        _look(TopImages(), _probe(), [Unit("deep", 0)], Listed([]))


@pytest.mark.parametrize("wrong", [{"count": 0}, {"batch": 0}, {"region": 1.1}, {"region": -0.1}])
def test_impossible_settings(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        TopImages(**wrong)  # type: ignore[arg-type]
