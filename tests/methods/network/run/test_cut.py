from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from tests.kit.ablation import ablated_by_hook
from tests.kit.networks import SIZE, Reused, Shapely, Training, seeded
from visualize.methods import Preparation, Probe
from visualize.methods.network.run.cut import Cut, cut


class _Blocks(nn.Module):
    """A shortcut around a block, a shortcut that is a layer itself, and batch norms; classifies."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2)
        self.norm = nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(8, 8, 3, padding=1, groups=2)
        self.norm1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(8)
        self.down = nn.Conv2d(8, 8, 1)
        self.fc = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.norm(self.stem(x)))
        out = self.relu(self.norm1(self.conv1(x)))
        out = self.norm2(self.conv2(out))
        out += self.down(x)
        out = self.relu(out)
        logits: Tensor = self.fc(out.mean((2, 3)))
        return logits


def _inputs(count: int = 3) -> Tensor:
    return torch.rand(count, 3, *SIZE, generator=torch.Generator().manual_seed(2))


def _without(pieces: Cut, inputs: Tensor, units: list[int]) -> Tensor:
    layer, *carried = pieces.head(inputs)
    changed = layer.clone()
    changed[:, units] = 0
    return pieces.tail([changed, *(value.clone() for value in carried)])


@pytest.mark.parametrize(
    ("layer", "carried", "stepped"),
    [
        ("stem", 0, False), ("norm", 0, False), ("conv1", 1, True), ("norm1", 1, True), ("conv2", 1, False),
        ("norm2", 1, False), ("down", 1, False), ("fc", 0, False),
    ],
)  # fmt: skip
def test_the_tail_without_units_is_the_network_with_a_hook(layer: str, carried: int, *, stepped: bool) -> None:
    network = seeded(_Blocks())
    pieces = cut(Probe(network, prepare=Preparation(SIZE)).runner, layer, _inputs())
    assert (pieces.whole, len(pieces.head(_inputs())) - 1, pieces.step is not None) == (False, carried, stepped)
    for units in ([], [0], [1, 4], list(range(5))):
        wanted = ablated_by_hook(network, layer, _inputs(), units)
        torch.testing.assert_close(_without(pieces, _inputs(), units), wanted, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("make", "layer"), [(Shapely, "conv"), (Training, "norm")])
def test_networks_with_and_without_a_graph_are_run_alike(make: type[nn.Module], layer: str) -> None:
    network = seeded(make())
    pieces = cut(Probe(network, prepare=Preparation(SIZE)).runner, layer, _inputs())
    assert pieces.whole == (make is Shapely)
    wanted = ablated_by_hook(network, layer, _inputs(), [1])
    torch.testing.assert_close(_without(pieces, _inputs(), [1]), wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("optimise", [True, False])
def test_one_run_of_a_module_that_runs_twice_is_changed_alone(*, optimise: bool) -> None:
    network = seeded(Reused())
    inputs = _inputs()
    pieces = cut(Probe(network, prepare=Preparation(SIZE), optimise=optimise).runner, "conv#0", inputs)
    assert pieces.whole != optimise
    with torch.no_grad():
        network.eval()
        once = network.conv(network.first(inputs))
        once[:, 2] = 0
        wanted = network.relu(network.norm(network.conv(network.relu(network.norm(once)))))
    torch.testing.assert_close(_without(pieces, inputs, [2]), wanted, rtol=1e-5, atol=1e-5)


def test_the_network_is_left_as_it_was() -> None:
    network = seeded(_Blocks()).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    pieces = cut(Probe(network, prepare=Preparation(SIZE)).runner, "conv1", _inputs())
    _without(pieces, _inputs(), [0])
    assert network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert not any(module._forward_hooks for module in network.modules())
