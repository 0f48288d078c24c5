"""Deconvolution against closed forms and against its rule, written out by hand in float64."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor, nn

from tests.kit.explained import WAYS, Pooled, by_hand
from tests.kit.networks import seeded
from tests.kit.pictures import pictures
from visualize.methods.attribution.deconvolution import Deconvolution
from visualize.methods.attribution.guided_backprop import GuidedBackpropagation
from visualize.methods.attribution.saliency import Saliency
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Callable


SIZE = (14, 18)


@pytest.mark.parametrize("optimise", [True, False])
@pytest.mark.parametrize("name", WAYS)
def test_every_rectifier_rectifies_the_signal_on_its_way_back(name: str, *, optimise: bool) -> None:
    way = WAYS[name]
    network = seeded(Pooled(way.rectify)).double()
    shown = pictures(3, SIZE, dtype=torch.float64)
    probe = Probe(network, prepare=Preparation(SIZE), optimise=optimise)
    given = Deconvolution().attribute(probe, shown, Unit("block", 2))
    wanted = by_hand(network, way, shown, 2, way.deconvolved)
    torch.testing.assert_close(given, wanted, rtol=1e-9, atol=1e-12)
    assert wanted.abs().amax((1, 2, 3)).min() > 0


def _matrix(operation: Callable[[Tensor], Tensor], shape: tuple[int, ...]) -> Tensor:
    """A linear operation on one picture as a matrix: outputs x inputs."""
    size = int(torch.Size(shape).numel())
    return operation(torch.eye(size, dtype=torch.float64).view(size, *shape)).flatten(1).T


def test_a_linear_stack_with_one_max_pool_has_a_closed_form() -> None:
    """A^T P^T B^T e: the filters' matrices, and the pool's with a one at each switch."""
    network = seeded(nn.Sequential(nn.Conv2d(3, 4, 3), nn.MaxPool2d(3, 2), nn.Conv2d(4, 5, 2))).double()
    shown = pictures(1, SIZE, dtype=torch.float64)
    first, last = network[0], network[2]
    assert isinstance(first, nn.Conv2d)
    assert isinstance(last, nn.Conv2d)
    filtered = first(shown).detach()
    windows = F.unfold(filtered.transpose(0, 1), 3, stride=2)  # channels x 9 x positions
    pooled = network[1](filtered)
    below = _matrix(lambda x: F.conv2d(x, first.weight.detach()), (3, *SIZE))
    above = _matrix(lambda x: F.conv2d(x, last.weight.detach()), tuple(pooled.shape[1:]))
    pool = torch.zeros(pooled.numel(), filtered.numel(), dtype=torch.float64)
    numbers = torch.arange(filtered.numel(), dtype=torch.float64).view_as(filtered)
    places = F.unfold(numbers.transpose(0, 1), 3, stride=2).gather(1, windows.argmax(1, keepdim=True)).flatten().long()
    pool[torch.arange(len(places)), places] = 1
    signal = torch.zeros(len(above), dtype=torch.float64)
    shape = tuple(network(shown).shape[1:])
    signal.view(shape)[3, 1, 0] = 1
    given = Deconvolution().attribute(Probe(network, prepare=Preparation(SIZE)), shown, Unit("2", 3, (1, 0)))
    torch.testing.assert_close(given.flatten(), below.T @ pool.T @ above.T @ signal, rtol=1e-9, atol=1e-12)


def test_without_rectifiers_it_is_the_gradient_and_so_is_guided_backpropagation() -> None:
    layers = [nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.MaxPool2d(2), nn.Conv2d(6, 4, 3), nn.AvgPool2d(2), nn.Tanh()]
    probe = Probe(seeded(nn.Sequential(*layers)).double(), prepare=Preparation(SIZE))
    shown = pictures(3, SIZE, dtype=torch.float64)
    wanted = Saliency().attribute(probe, shown, Unit("5", 1))
    for method in (Deconvolution(), GuidedBackpropagation()):
        torch.testing.assert_close(method.attribute(probe, shown, Unit("5", 1)), wanted, rtol=0, atol=0)


@pytest.mark.parametrize("optimise", [True, False])
def test_local_response_normalisation_is_passed_as_if_it_were_not_there(*, optimise: bool) -> None:
    network = seeded(nn.Sequential(nn.Conv2d(3, 4, 3), nn.LocalResponseNorm(3, alpha=0.5), nn.Conv2d(4, 2, 3))).double()
    probe = Probe(network, prepare=Preparation(SIZE), optimise=optimise)
    shown = pictures(2, SIZE, dtype=torch.float64)
    first, last = network[0], network[2]
    signal = torch.zeros(2, 2, SIZE[0] - 4, SIZE[1] - 4, dtype=torch.float64)
    signal[:, 1, 5, 6] = 1
    assert isinstance(first, nn.Conv2d)
    assert isinstance(last, nn.Conv2d)
    wanted = F.conv_transpose2d(F.conv_transpose2d(signal, last.weight.detach()), first.weight.detach())
    unit = Unit("2", 1, (5, 6))
    torch.testing.assert_close(Deconvolution().attribute(probe, shown, unit), wanted)
    plain = Saliency().attribute(probe, shown, unit)
    torch.testing.assert_close(GuidedBackpropagation().attribute(probe, shown, unit), plain)
    assert (plain - wanted).abs().max() > 0.1 * wanted.abs().max()


def test_a_linear_unit_that_is_zero_by_chance_is_not_taken_for_one_that_is_off() -> None:
    network = seeded(nn.Sequential(nn.Conv2d(3, 2, 3, bias=False)))
    probe = Probe(network, prepare=Preparation((5, 5)))
    black = torch.zeros(1, 3, 5, 5)
    given = Deconvolution().attribute(probe, black, Unit("0", 0, (1, 1)))
    torch.testing.assert_close(given[0, :, 1:4, 1:4], network.state_dict()["0.weight"][0])
