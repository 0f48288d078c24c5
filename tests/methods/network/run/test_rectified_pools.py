"""Rectifiers behind pools: the same outputs to the last bit, and the network's own order under a rule."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor, fx, nn

from visualize.methods import Preparation, Probe
from visualize.methods.attribution.gradient import gradient
from visualize.methods.network.rectifiers.rules import GUIDED
from visualize.methods.network.run.rectified_pools import RectifiedPool, move_rectifiers
from visualize.methods.unit import Unit


class _Fire(nn.Module):
    """Two branches whose rectified outputs are joined and pooled, as in a SqueezeNet."""

    def __init__(self, *, functional: bool) -> None:
        super().__init__()
        self.first, self.rectify = nn.Conv2d(3, 6, 3), nn.LeakyReLU(0.1)
        self.pool, self.small, self.large = (
            nn.MaxPool2d(3, 2, ceil_mode=True),
            nn.Conv2d(6, 4, 1),
            nn.Conv2d(6, 4, 3, padding=1),
        )
        self.last, self.functional = nn.Conv2d(8, 5, 3), functional

    def forward(self, pictures: Tensor) -> Tensor:
        rectify = (lambda value: F.leaky_relu(value, negative_slope=0.1)) if self.functional else self.rectify
        maps = self.pool(rectify(self.first(pictures)))
        maps = self.pool(torch.cat([rectify(self.small(maps)), rectify(self.large(maps))], 1))
        return self.last(maps)  # type: ignore[no-any-return]


def _network(*, functional: bool = False) -> _Fire:
    torch.manual_seed(0)
    return _Fire(functional=functional).eval().requires_grad_(False)


def _moved(network: nn.Module) -> fx.GraphModule:
    graph = fx.symbolic_trace(network).graph
    parts: dict[str, nn.Module | Tensor] = dict(network.named_children())
    ends = [next(node for node in reversed(graph.nodes) if node.op != "output")]
    move_rectifiers(graph, ends, parts)
    return fx.GraphModule(parts, graph)


@pytest.mark.parametrize("functional", [True, False])
def test_outputs_are_the_same_to_the_bit_and_gradients_up_to_rounding(*, functional: bool) -> None:
    network = _network(functional=functional)
    moved = _moved(network)
    pools = [part for part in moved.modules() if isinstance(part, RectifiedPool)]
    assert [len(pool.rectifiers) for pool in pools] == [1, 2]
    pictures = torch.randn(2, 3, 21, 24, requires_grad=True)
    wanted, given = network(pictures), moved(pictures)
    assert torch.equal(given, wanted)
    (back,) = torch.autograd.grad(wanted.square().sum(), pictures)
    torch.testing.assert_close(torch.autograd.grad(given.square().sum(), pictures)[0], back)


class _Twice(nn.Module):
    """Somebody else looks at the rectified maps, and one rectifier is joined with itself."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution, self.pool = nn.Conv2d(3, 4, 3), nn.MaxPool2d(2)

    def forward(self, pictures: Tensor) -> Tensor:
        seen = F.relu(self.convolution(pictures))
        once = F.relu(self.convolution(pictures))
        return self.pool(seen) + seen.mean() + self.pool(torch.cat([once, once], 1)).sum()  # type: ignore[no-any-return]


def test_rectifiers_that_others_look_at_stay_where_they_are() -> None:
    torch.manual_seed(0)
    network = _Twice().eval()
    moved = _moved(network)
    assert not any(isinstance(part, RectifiedPool) for part in moved.modules())
    pictures = torch.randn(1, 3, 8, 8)
    assert torch.equal(moved(pictures), network(pictures))


def test_rules_see_the_network_s_own_order() -> None:
    network = _network()
    pictures = torch.rand(1, 3, 32, 32)
    explained = []
    for optimise in (True, False):
        probe = Probe(network, prepare=Preparation((32, 32)), optimise=optimise)
        plain = gradient(probe, pictures, Unit("last", 2))
        guided = gradient(probe, pictures, Unit("last", 2), rule=GUIDED)
        explained.append((plain.attribution, guided.attribution))
    for given, wanted in zip(*explained, strict=True):
        torch.testing.assert_close(given, wanted, rtol=1e-4, atol=1e-6)
