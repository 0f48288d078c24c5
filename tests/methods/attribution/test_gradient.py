"""Gradients of one activation: where they are taken, and what is said where there are none."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from tests.kit.networks import SIZE, Swallowing, seeded
from tests.kit.pictures import arrays, pictures
from tests.methods.attribution.explained import METHODS, UNIT, classifier
from visualize.methods.attribution.saliency import Saliency
from visualize.methods.errors import InputError, UnitError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.unit import Unit


class _Cut(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.deep = nn.Conv2d(4, 4, 3)

    def forward(self, x: Tensor) -> Tensor:
        deep: Tensor = self.deep(self.conv(x).detach())
        return deep


@pytest.mark.parametrize("optimise", [True, False])
@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_a_layer_that_no_gradient_leads_from_is_the_users_to_change(method: Saliency, *, optimise: bool) -> None:
    probe = Probe(seeded(_Cut()), prepare=Preparation(SIZE), optimise=optimise)
    with pytest.raises(InputError, match="no gradient leads from deep back to the picture"):
        method(probe, Unit("deep", 0), Stack(arrays(1, SIZE)))
    assert method(probe, Unit("conv", 0), Stack(arrays(1, SIZE)))


def test_positions_that_the_map_does_not_have_are_refused() -> None:
    for wrong in ([(0, 99)], [(-1, 0)], [(0, 0), (0, 0)]):
        with pytest.raises(UnitError, match=r"inside the map of deep, which is 10 x 14; not \[\["):
            Saliency().attribute(classifier(), pictures(1, SIZE, dtype=torch.float64), UNIT, wrong)


def test_the_network_runs_only_as_far_as_the_layer() -> None:
    probe = Probe(seeded(Swallowing()), prepare=Preparation(SIZE))
    for method in METHODS:
        assert method.attribute(probe, pictures(1, SIZE), Unit("conv", 1)).abs().max() > 0
