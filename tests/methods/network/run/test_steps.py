from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.kit.ablation import ablated_by_hook
from tests.kit.networks import seeded
from visualize.methods import Preparation, Probe
from visualize.methods.network.run.cut import cut

_PICTURES = torch.rand(3, 3, 14, 18, generator=torch.Generator().manual_seed(4), dtype=torch.float64)


def _classifier(*middle: nn.Module, channels: int = 6) -> nn.Sequential:
    """The layer is "0"; what follows it ends in averages and a linear layer."""
    first = nn.Conv2d(3, 6, 3, padding=1)
    last = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 4))
    return seeded(nn.Sequential(first, *middle, *last)).double()  # in which sums in another order are told from errors


_NETWORKS: dict[str, nn.Sequential] = {
    "1 x 1": _classifier(nn.ReLU(), nn.Conv2d(6, 6, 1), nn.LeakyReLU(0.5)),
    "3 x 3": _classifier(nn.BatchNorm2d(6), nn.ReLU(), nn.Conv2d(6, 5, 3, padding=1), nn.ReLU(), channels=5),
    "strides": _classifier(nn.Conv2d(6, 5, (3, 2), stride=(2, 1), dilation=(1, 2), bias=False), nn.Tanh(), channels=5),
    "two groups": _classifier(nn.MaxPool2d(2), nn.Conv2d(6, 4, 3, groups=2), nn.ReLU(), channels=4),
    "depthwise first": _classifier(nn.Conv2d(6, 6, 3, groups=6), nn.ReLU6(), nn.Conv2d(6, 7, 1), nn.ReLU(), channels=7),
    "only linear": _classifier(nn.ReLU()),
    "flattened": seeded(
        nn.Sequential(
            nn.Conv2d(3, 6, 3), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Flatten(), nn.Dropout(), nn.Linear(6 * 5 * 7, 9),
            nn.ReLU(), nn.Linear(9, 4),
        )
    ).double(),
}  # fmt: skip


@pytest.mark.parametrize("name", _NETWORKS)
@pytest.mark.parametrize("constant", [0.0, 0.7])
def test_one_part_less_is_the_network_without_the_unit(name: str, constant: float) -> None:
    network = _NETWORKS[name]
    pieces = cut(Probe(network, prepare=Preparation((14, 18))).runner, "0", _PICTURES)
    assert pieces.step is not None
    blank = torch.full((6,), constant, dtype=torch.float64) * torch.arange(1, 7)
    started = pieces.step.start(pieces.head(_PICTURES), blank)
    seen = torch.zeros(3, 6)
    for pictures, units, outputs in started.without_each([0, 2, 3, 5]):
        for place, unit in enumerate(units):
            wanted = ablated_by_hook(network, "0", _PICTURES, [unit], blank)
            torch.testing.assert_close(outputs[:, place], wanted[pictures], rtol=0, atol=1e-13)
            seen[pictures, unit] += 1
    assert seen.tolist() == [[1, 0, 1, 1, 0, 1]] * 3  # each unit once, on each picture
    for units in ([1], [0, 3], [0, 1, 2, 4, 5], list(range(6)), []):
        wanted = ablated_by_hook(network, "0", _PICTURES, units, blank)
        torch.testing.assert_close(started.without(units), wanted, rtol=0, atol=1e-13)


def test_the_closed_form_of_averages_and_a_linear_layer() -> None:
    """Logits without unit u are logits - w[:, u] x mean of its activation: Bau et al. 2020's units of a ResNet."""
    network = _NETWORKS["only linear"]
    last = network[4]
    assert isinstance(last, nn.Linear)
    pieces = cut(Probe(network, prepare=Preparation((14, 18))).runner, "1", _PICTURES)
    assert pieces.step is not None
    values = pieces.head(_PICTURES)
    means, weight = values[0].mean((2, 3)), last.weight
    ((_, _, outputs),) = pieces.step.start(values, torch.zeros(6, dtype=torch.float64)).without_each(range(6))
    with torch.no_grad():
        wanted = network(_PICTURES)[:, None] - means[:, :, None] * weight.T[None]
    torch.testing.assert_close(outputs, wanted, rtol=0, atol=1e-13)


def test_units_that_are_mixed_in_two_places_have_no_step() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.left, self.right = nn.Conv2d(3, 4, 1), nn.Conv2d(4, 2, 1), nn.Conv2d(4, 2, 3, padding=1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.first(x)
            both = torch.cat([self.left(x), self.right(x)], 1)
            return both.mean((2, 3))

    pieces = cut(Probe(seeded(Twice()).double(), prepare=Preparation((14, 18))).runner, "first", _PICTURES)
    assert (pieces.whole, pieces.step) == (False, None)
