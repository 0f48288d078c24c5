"""Operations whose gradient a rule gives."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)

from visualize.methods.network.rectifiers.forms import Hard
from visualize.methods.network.rectifiers.operations import Rectified, Straight
from visualize.methods.network.rectifiers.rules import DECONVOLUTION, GUIDED, ORDINARY, Rule


@pytest.mark.parametrize("rule", [ORDINARY, GUIDED, DECONVOLUTION], ids=lambda rule: rule.name)
@pytest.mark.parametrize("in_place", [True, False])
def test_a_rectifier_with_a_ceiling_passes_nothing_where_it_is_reached(rule: Rule, *, in_place: bool) -> None:
    leaf = torch.tensor([-2.0, -1.0, 1.0, 2.0, 7.0, 8.0], requires_grad=True)
    behind = torch.tensor([3.0, -3.0, 3.0, -3.0, 3.0, -3.0])
    value = leaf * 1
    form = Hard(lambda x: F.relu6(x, inplace=in_place), in_place=in_place, ceiling=6.0)
    output = Rectified.apply(value, form, rule, 0)
    assert torch.equal(output.detach(), F.relu6(leaf.detach()))
    assert torch.equal(value.detach(), output.detach() if in_place else leaf.detach())
    (gradient,) = torch.autograd.grad(output, leaf, behind)
    on, positive = torch.tensor([0.0, 0, 1, 1, 0, 0]), (behind > 0).float()
    masks = {ORDINARY: on, GUIDED: on * positive, DECONVOLUTION: positive * torch.tensor([1.0, 1, 1, 1, 0, 0])}
    assert torch.equal(gradient, behind * masks[rule])


def test_the_gradient_passes_an_operation_that_is_left_out_as_if_it_were_not_there() -> None:
    leaf = torch.randn(5, generator=torch.Generator().manual_seed(0)).requires_grad_()
    output = Straight.apply(leaf, torch.relu)
    assert torch.equal(output.detach(), leaf.detach().clamp(min=0))
    behind = torch.arange(5.0)
    assert torch.equal(torch.autograd.grad(output, leaf, behind)[0], behind)
