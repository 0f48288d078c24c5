"""Guided backpropagation against its rule, written out by hand in float64."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.kit.explained import WAYS, Pooled, by_hand
from tests.kit.networks import seeded
from tests.kit.pictures import pictures
from tests.kit.unchanged import unchanged
from visualize.methods.attribution.guided_backprop import GuidedBackpropagation
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.unit import Unit

SIZE = (14, 18)


@pytest.mark.parametrize("optimise", [True, False])
@pytest.mark.parametrize("name", WAYS)
def test_every_rectifier_lets_through_what_was_on_and_speaks_for_the_unit(name: str, *, optimise: bool) -> None:
    way = WAYS[name]
    network = seeded(Pooled(way.rectify)).double()
    shown = pictures(3, SIZE, dtype=torch.float64)
    probe = Probe(network, prepare=Preparation(SIZE), optimise=optimise)
    given = GuidedBackpropagation().attribute(probe, shown, Unit("block", 2))
    wanted = by_hand(network, way, shown, 2, way.guided)
    torch.testing.assert_close(given, wanted, rtol=1e-9, atol=1e-12)
    assert wanted.abs().amax((1, 2, 3)).min() > 0


def test_gradients_that_two_branches_share_are_not_overwritten() -> None:
    """Both branches of a sum are handed the very same gradient."""

    class Sum(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Conv2d(3, 4, 3, padding=1)
            self.deep = nn.Conv2d(4, 4, 3, padding=1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.first(x)
            deep: torch.Tensor = self.deep(torch.relu(x) + x)
            return deep

    network = seeded(Sum()).double()
    shown = pictures(1, SIZE, dtype=torch.float64)
    probe = Probe(network, prepare=Preparation(SIZE))
    with unchanged(network):
        given = GuidedBackpropagation().attribute(probe, shown, Unit("deep", 1, (6, 7)))
    first = network.first(shown).detach()
    signal = torch.zeros(1, 4, *SIZE, dtype=torch.float64)
    signal[0, 1, 6, 7] = 1
    behind = nn.functional.conv_transpose2d(signal, network.deep.weight.detach(), padding=1)
    before = behind + torch.where((first > 0) & (behind > 0), behind, 0)
    wanted = nn.functional.conv_transpose2d(before, network.first.weight.detach(), padding=1)
    torch.testing.assert_close(given, wanted)
