"""Maps seen from the picture: each place must be moved by the bands that lie where it does."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from tests.sweep.influence import BANDS, Pull, banded, energies, order, unborne
from tests.sweep.networks import network
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe


def _pull(way: str) -> Pull:
    """What bands do to the maps of a convolution, put in another order."""
    torch.manual_seed(0)
    conv = nn.Conv2d(3, 8, 3, padding=1)
    picture, other = torch.rand(2, 1, 3, 36, 36)

    def maps(shown: Tensor) -> Tensor:
        rows = nn.functional.avg_pool2d(conv(shown), 6)[0].detach()
        windows = rows.view(8, 2, 3, 2, 3).permute(0, 1, 3, 2, 4).reshape(8, 6, 6)
        tokens = rows.flatten(1).roll(1, 1).view(8, 6, 6)
        return {"as it is": rows, "turned": rows.mT, "windows": windows, "a token beside": tokens}[way]

    down, across = (
        torch.stack([energies(maps(shown) - maps(picture), (1, 2))[0] for shown in banded(picture, other, axis)])
        for axis in (2, 3)
    )
    assert len(down) == BANDS
    return Pull(down, across)


def test_only_the_right_order_of_places_is_borne_out() -> None:
    assert order(_pull("as it is")) > 0.95
    assert max(order(_pull(way)) for way in ("turned", "windows", "a token beside")) < 0.8


@pytest.mark.parametrize("name", ["timm/test_mambaout", "torchvision/squeezenet1_1"])
def test_maps_are_borne_out_by_another_principle_too(name: str) -> None:
    built, size, stated = network(name)
    probe = Probe(built, prepare=Preparation(size), layouts=stated, optimise=False)
    picture, other = torch.rand(2, 1, 3, *size, generator=torch.Generator().manual_seed(11))
    assert unborne(probe, built, (picture, other)) == []
