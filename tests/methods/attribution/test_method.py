"""What all explaining methods share: which pictures, which positions, which colours, what is drawn and what is said."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from methods.attribution.deconvolution import Deconvolution
from methods.attribution.guided_backprop import GuidedBackpropagation
from methods.attribution.result import AttributionResult, strength
from methods.attribution.saliency import Saliency
from methods.errors import BrokenImageWarning, InputError, UnitError
from methods.network.preprocessing import Preparation
from methods.network.probe import Probe
from methods.pictures.images import Stack, Subset
from methods.progress import silent
from methods.top_images.method import TopImages
from methods.unit import Unit
from tests.kit.networks import SIZE, Classifier, Grey, InPlace, Swallowing, seeded
from tests.kit.pictures import Listed, arrays, pictures

UNIT = Unit("deep", 1)
METHODS = (Saliency(), Deconvolution(), GuidedBackpropagation())


def _probe(**more: object) -> Probe:
    return Probe(seeded(Classifier()).double(), prepare=Preparation(SIZE, **more))  # type: ignore[arg-type]


def _one(
    method: Saliency | Deconvolution | GuidedBackpropagation, images: object, unit: Unit = UNIT
) -> AttributionResult:
    (result,) = method(_probe(), unit, images)  # type: ignore[arg-type]
    assert isinstance(result, AttributionResult)
    return result


def test_colours_come_in_rgb_order_and_per_unit_of_the_prepared_input() -> None:
    """A network that takes BGR in 0..255: its gradient by RGB in 0..1 is that by the input, times 255 / std."""
    prepare = Preparation(SIZE, order="BGR", mean=(104, 117, 123), std=(50, 60, 70), maximum=255)
    probe = Probe(seeded(Classifier()).double(), prepare=prepare)
    shown = pictures(2, SIZE, dtype=torch.float64)
    given = Saliency().attribute(probe, shown, Unit("fc", 1))
    scale = 255 / torch.tensor([70, 60, 50], dtype=torch.float64)[:, None, None]
    torch.testing.assert_close(given * scale, probe.gradients(shown, Unit("fc", 1)))


def test_a_grey_network_has_one_channel_and_is_drawn_in_grey() -> None:
    probe = Probe(seeded(Grey()), prepare=Preparation(SIZE, order="L", mean=(0.4,), std=(0.3,)))
    for method in METHODS:
        (result,) = method(probe, Unit("relu", 2), Stack(arrays(2, SIZE)))
        assert isinstance(result, AttributionResult)
        assert result.arrays()["attribution"].shape == (2, 1, *SIZE)
        drawn = result.drawn(0)
        assert (drawn == drawn[..., :1]).all()


def test_a_large_set_is_scanned_for_the_pictures_that_excite_the_unit_most() -> None:
    images = Stack(arrays(9, SIZE))
    (top,) = TopImages(count=3).look(_probe(), [UNIT], images, silent)
    for method in (Saliency(count=3), Deconvolution(count=3), GuidedBackpropagation(count=3)):
        result = _one(method, images)
        assert result.indices == top.indices
        assert result.positions == top.positions
        np.testing.assert_allclose(result.activations, top.activations)
        whole = _one(method, Subset(images, result.indices))
        np.testing.assert_allclose(whole.arrays()["attribution"], result.arrays()["attribution"])
        assert whole.indices == (0, 1, 2)
        assert whole.files == result.files


def test_a_small_set_is_explained_whole_in_its_own_order() -> None:
    images = Stack(arrays(4, SIZE))
    result = _one(Saliency(), images)
    assert result.indices == (0, 1, 2, 3)
    probe = _probe()
    shown = torch.stack([torch.from_numpy(one) for one in images.pictures]).permute(0, 3, 1, 2).double() / 255
    maps = probe.activations(shown, ["deep"])["deep"][:, 1]
    np.testing.assert_allclose(result.activations, maps.flatten(1).amax(1).numpy(), rtol=1e-6)
    given = Saliency().attribute(probe, shown, UNIT)
    np.testing.assert_allclose(result.arrays()["attribution"], given.numpy(), rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(result.map(2), np.abs(result.arrays()["attribution"][2]).max(0))
    assert strength(given).shape == (4, *SIZE)


def test_pictures_that_cannot_be_read_are_named_and_left_out() -> None:
    with pytest.warns(BrokenImageWarning, match=r"picture-1\.jpg"):
        result = _one(Saliency(), Listed(arrays(3, SIZE), frozenset({1})))
    assert result.indices == (0, 2)
    assert result.broken == ("picture-1.jpg",)
    assert result.notes == ("1 of 3 pictures could not be read and were skipped",)
    unreadable = Listed(arrays(2, SIZE), frozenset({0, 1}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(InputError, match="none of the 2 pictures of listed can be read"):
            _one(Saliency(), unreadable)
    with pytest.raises(InputError, match="holds no pictures"):
        _one(Saliency(), Stack([]))


class _Cut(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.deep = nn.Conv2d(4, 4, 3)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.deep(self.conv(x).detach())
        return found


@pytest.mark.parametrize("optimise", [True, False])
@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_a_layer_that_no_gradient_leads_from_is_the_users_to_change(method: Saliency, *, optimise: bool) -> None:
    probe = Probe(seeded(_Cut()), prepare=Preparation(SIZE), optimise=optimise)
    with pytest.raises(InputError, match="no gradient leads from deep back to the picture"):
        method(probe, Unit("deep", 0), Stack(arrays(1, SIZE)))
    assert method(probe, Unit("conv", 0), Stack(arrays(1, SIZE)))


def test_numbers_that_are_not_finite_are_named() -> None:
    network = seeded(Classifier())
    with torch.no_grad():
        network.deep.weight[1] = math.nan
    with pytest.raises(InputError, match=r"deep gives an activation or a gradient that is not finite for pictures/0"):
        Saliency()(Probe(network, prepare=Preparation(SIZE)), Unit("deep", 1), Stack(arrays(1, SIZE)))


def test_positions_that_the_map_does_not_have() -> None:
    for wrong in ([(0, 99)], [(-1, 0)], [(0, 0), (0, 0)]):
        with pytest.raises(UnitError, match=r"inside the map of deep, which is 10 x 14; not \[\["):
            Saliency().attribute(_probe(), pictures(1, SIZE, dtype=torch.float64), UNIT, wrong)


def test_the_network_runs_only_as_far_as_the_layer() -> None:
    probe = Probe(seeded(Swallowing()), prepare=Preparation(SIZE))
    for method in METHODS:
        assert method.attribute(probe, pictures(1, SIZE), Unit("conv", 1)).abs().max() > 0


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_what_the_unit_does_not_see_gets_nothing_and_is_not_drawn(method: Saliency) -> None:
    probe = Probe(seeded(InPlace()).double(), prepare=Preparation((40, 48)))
    (result,) = method(probe, Unit("deep", 2), Stack(arrays(3, (40, 48))))
    assert isinstance(result, AttributionResult)
    field = probe.layer("deep").field
    assert field is not None
    for place in range(3):
        top, left, bottom, right = result.window(place)
        assert (bottom - top, right - left) == field.size
        outside = result.map(place).copy()
        outside[top:bottom, left:right] = 0
        assert not outside.any()
        panel = result.panels()[place]
        tall, wide = panel.picture.shape[:2]
        half = panel.picture[:, : (wide - 4) // 2]
        scale = tall // field.size[0]
        np.testing.assert_array_equal(half[::scale, ::scale], result.picture(place)[top:bottom, left:right])


def test_a_picture_smaller_than_the_receptive_field() -> None:
    layers = [nn.Conv2d(3, 4, 9, padding=4), nn.ReLU(), nn.Conv2d(4, 4, 9, padding=4)]
    probe = Probe(seeded(nn.Sequential(*layers)), prepare=Preparation((8, 10)))
    for method in METHODS:
        (result,) = method(probe, Unit("2", 1), Stack(arrays(2, (8, 10))))
        assert isinstance(result, AttributionResult)
        assert result.window(0) == (0, 0, 8, 10)
        assert len(result.panels()) == 2


@pytest.mark.parametrize("wrong", [{"count": 0}, {"batch": 0}])
def test_settings_that_make_no_sense(wrong: dict[str, int]) -> None:
    for method in (Saliency, Deconvolution, GuidedBackpropagation):
        with pytest.raises(InputError, match=f"{next(iter(wrong))} is 1 or more, not 0"):
            method(**wrong)  # type: ignore[arg-type]
