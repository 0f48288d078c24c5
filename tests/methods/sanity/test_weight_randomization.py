"""Rank correlations against scipy, and the cascade of random weights."""

from __future__ import annotations

import pytest
import torch
from scipy.stats import spearmanr
from torch import Tensor, nn

from tests.kit.networks import SIZE, seeded
from tests.kit.pictures import arrays, pictures
from tests.kit.unchanged import unchanged
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.sanity.method import Sanity
from visualize.methods.sanity.result import SanityResult
from visualize.methods.sanity.weight_randomization import cascade, rank_correlation, steps
from visualize.methods.unit import Unit


@pytest.mark.parametrize("levels", [2, 7, 1000])
def test_the_rank_correlation_is_scipys(levels: int) -> None:
    generator = torch.Generator().manual_seed(levels)
    values, noise = (torch.randint(0, levels, (3, 17, 19), generator=generator).double() for _ in range(2))
    for other in (noise, values + 0.3 * noise, -values):
        wanted = spearmanr(values.flatten().numpy(), other.flatten().numpy()).statistic
        assert rank_correlation(values, other) == pytest.approx(wanted, abs=1e-12)


def test_a_map_without_an_order_has_no_rank_correlation() -> None:
    assert rank_correlation(torch.zeros(4, 4), torch.rand(4, 4)) is None
    with pytest.raises(InputError, match="one shape"):
        rank_correlation(torch.zeros(4), torch.zeros(5))


class _Branches(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.left = nn.Conv2d(4, 2, 1)
        self.right = nn.Conv2d(4, 2, 3, padding=1)
        self.join = nn.Identity()
        self.after = nn.Conv2d(4, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.norm(self.first(x)))
        after: Tensor = self.after(self.join(torch.cat([self.left(x), self.right(x)], 1)))
        return after


def test_the_cascade_goes_down_the_units_own_way() -> None:
    probe = Probe(seeded(_Branches()), prepare=Preparation(SIZE))
    down = steps(probe, Unit("join", 3), pictures(2, SIZE), [(3, 3), (4, 4)], most=5)
    assert [step.modules for step in down] == [("right",), ("norm", "first")]
    (all_at_once,) = steps(probe, Unit("join", 0), pictures(2, SIZE), [(3, 3), (4, 4)], most=1)
    assert all_at_once.modules == ("left", "norm", "first")


def test_shuffling_keeps_the_values_of_every_weight_and_the_network() -> None:
    network = seeded(_Branches())
    probe = Probe(network, prepare=Preparation(SIZE))
    with unchanged(network):
        down = steps(probe, Unit("join", 3), pictures(2, SIZE), [(3, 3), (4, 4)], most=5)
        walk = cascade(probe, down, torch.Generator().manual_seed(0), lambda _: 1)
        shuffled = next(walk).network
        assert not torch.equal(shuffled.right.weight, network.right.weight)  # type: ignore[union-attr, arg-type]
        assert torch.equal(shuffled.first.weight, network.first.weight)  # type: ignore[union-attr, arg-type]
        next(walk)
    for name, weight in network.state_dict().items():
        if name.startswith(("right", "first", "norm")) and weight.dim():
            other = shuffled.state_dict()[name]
            assert not torch.equal(other, weight), name
            assert torch.equal(other.flatten().sort().values, weight.flatten().sort().values), name


def test_maps_of_random_networks_have_nothing_to_do_with_one_another() -> None:
    """Unrelated weights: about 3 x 25 pixels are seen, with colours, so that 0.35 is three standard deviations."""
    network = seeded(nn.Sequential(*[nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)]))
    probe = Probe(network, prepare=Preparation(SIZE))
    (result,) = Sanity(steps=0, cascade=1, seed=4)(probe, Unit("1", 2), Stack(arrays(3, SIZE)))
    assert isinstance(result, SanityResult)
    for check in result.checks[:-1]:
        assert abs(check.correlations[-1] or 0) < 0.35, check.name
