"""Plans are used only where they give what the network gives, forward and backward."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor, nn

from tests.kit.networks import CASES, SIZE, InPlace, Mistraced, Residual, seeded
from tests.kit.pictures import pictures
from visualize.methods.network.run.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_graph_is_followed_only_where_it_gives_what_the_network_gives() -> None:
    right, wrong = Runner(seeded(InPlace()), optimise=True), Runner(seeded(Mistraced()), optimise=True)
    assert right.followed(["conv", "pool", "out"], pictures(1, SIZE)) == {"conv", "pool", "out"}
    assert wrong.followed(["conv", "deep"], pictures(1, SIZE)) == {"conv"}


@pytest.mark.parametrize("name", CASES)
def test_no_plan_is_used_where_none_is_wanted(name: str) -> None:
    case = CASES[name]
    runner = Runner(case.network(), optimise=False)
    assert not runner.planned(case.layers, case.preparation()(pictures(1, SIZE).to(case.dtype)))


def test_a_plan_keeps_no_gradient_of_the_weights() -> None:
    network = seeded(Residual())
    runner = Runner(network, optimise=True)
    inputs = pictures(1, SIZE).requires_grad_()
    runner(inputs, ["norm2"])["norm2"].sum().backward()  # type: ignore[no-untyped-call]
    assert inputs.grad is not None
    assert all(parameter.grad is None for parameter in network.parameters())
    assert not runner(inputs.detach(), ["norm2"])["norm2"].requires_grad


class _Reversed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # noqa: ANN401, ARG004 (torch's own context)
        return x * 1

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ANN401, ARG004 (torch's own context)
        return -gradients[0]


def _held_back(x: Tensor) -> Tensor:
    with torch.no_grad():
        still = x * 2
    return x + still


@pytest.mark.parametrize("backward", [_Reversed.apply, _held_back])
def test_gradients_that_a_network_makes_by_itself_are_kept(backward: Callable[[Tensor], Tensor]) -> None:
    """Neither leaves a trace in the graph of operations."""

    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 2, 3)
            self.deep = nn.Conv2d(2, 2, 3)

        def forward(self, x: Tensor) -> Tensor:
            output: Tensor = self.deep(backward(self.conv(x)))
            return output

    network = seeded(Own()).double()
    inputs = pictures(2, (12, 14), dtype=torch.float64).requires_grad_()
    (wanted,) = torch.autograd.grad(network(inputs).square().sum(), inputs)
    output = Runner(network, optimise=True)(inputs, ["deep"])["deep"]
    (given,) = torch.autograd.grad(output.square().sum(), inputs)
    torch.testing.assert_close(given, wanted)
