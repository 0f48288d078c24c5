"""Walking the way back from outputs."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor

from visualize.methods.network.rectifiers.override import rectified
from visualize.methods.network.rectifiers.reach import held_back, way_back
from visualize.methods.network.rectifiers.rules import Leak


def _names(outputs: list[Tensor], *, stop: str = "") -> list[str]:
    nodes = way_back(outputs, until=lambda node: bool(stop) and type(node).__name__.startswith(stop))
    return sorted(type(node).__name__.removesuffix("Backward0") for node in nodes)


def test_every_operation_on_the_way_back_comes_once() -> None:
    leaf = torch.randn(3, requires_grad=True)
    both = leaf.exp()
    joined = both.sin() * both.cos()
    assert _names([joined]) == ["AccumulateGrad", "Cos", "Exp", "Mul", "Sin"]
    assert _names([both, joined]) == _names([joined])
    assert _names([leaf, torch.ones(2)]) == []


def test_what_lies_before_a_stop_is_not_gone_into_from_there() -> None:
    leaf = torch.randn(3, requires_grad=True)
    assert _names([leaf.exp().sin().cos()], stop="Sin") == ["Cos", "Sin"]
    assert _names([leaf.exp().sin() + leaf.tan()], stop="Sin") == ["AccumulateGrad", "Add", "Sin", "Tan"]


@pytest.mark.parametrize("rectify", [torch.relu, lambda x: x.clamp(min=0), F.relu6])
def test_outputs_are_held_back_by_hard_rectifiers_on_their_way_alone(rectify: object) -> None:
    leaf = torch.randn(3, requires_grad=True)
    with rectified(Leak(0.1)):
        hard = rectify(leaf * 2)  # type: ignore[operator]
        other = F.gelu(F.leaky_relu(leaf * 2, 0.1))
    assert held_back([hard * 3])
    assert held_back([other, hard.exp()])
    assert not held_back([other])
    assert not held_back([leaf, leaf.detach(), torch.relu(leaf)])  # outside the block no rule is followed
