"""Rules as values: what they are called, that they do not change, and one that a user writes."""

from __future__ import annotations

import doctest
from dataclasses import FrozenInstanceError, dataclass

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor

from tests.kit.explained import WAYS, Pooled, by_hand
from tests.kit.networks import seeded
from tests.kit.pictures import pictures
from visualize.methods.attribution.gradient import gradient
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.network.rectifiers import rules
from visualize.methods.network.rectifiers.forms import Form, Hard
from visualize.methods.network.rectifiers.override import rectified
from visualize.methods.network.rectifiers.rules import DECONVOLUTION, GUIDED, ORDINARY, Leak, Rule
from visualize.methods.unit import Unit

SIZE = (14, 18)


def test_rules_have_names_and_papers_and_do_not_change() -> None:
    known = (ORDINARY, DECONVOLUTION, GUIDED, Leak(0.1))
    assert [rule.name for rule in known] == ["ordinary", "deconvolution", "guided", "leak"]
    assert all(any(letter.isdigit() for letter in rule.paper) for rule in known)
    assert [rule.native for rule in known] == [True, False, False, False]
    for rule in known:
        with pytest.raises(FrozenInstanceError, match="cannot assign to field"):
            rule.name = "other"  # type: ignore[misc]
    assert Leak(0.1) == Leak(0.1) != Leak(0.2)
    assert len({Leak(0.1), Leak(0.1), ORDINARY}) == 2


@pytest.mark.parametrize("slope", [0.0, 0.1, 1.0])
def test_a_leak_opens_hard_rectifiers_alone(slope: float) -> None:
    values, behind = torch.randn(2, 400, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    for rectify, wanted in (
        (torch.relu, torch.where(values > 0, behind, slope * behind)),
        (lambda x: x.clamp(min=0), torch.where(values > 0, behind, slope * behind)),
        (lambda x: F.leaky_relu(x, 0.3), torch.where(values > 0, behind, 0.3 * behind)),
        (F.softplus, values.sigmoid() * behind),
    ):
        leaf = values.clone().requires_grad_()
        with rectified(Leak(slope)):
            output = rectify(leaf * 1)
        (given,) = torch.autograd.grad(output, leaf, behind)
        torch.testing.assert_close(given, wanted, rtol=1e-12, atol=1e-12)


@dataclass(frozen=True)
class _RectGrad(Rule):
    """Kim et al. 2019: what weighs more than a threshold, times the activation, passes."""

    threshold: float
    name = "rectgrad"
    paper = "Kim et al. 2019"

    def __call__(self, gradient: Tensor, form: Form, kept: Tensor) -> Tensor:
        assert isinstance(form, Hard)
        return gradient * (kept.clamp(min=0) * gradient > self.threshold)


@pytest.mark.parametrize("way", ["hard: module", "hard: module in place", "hard: clamp", "hard: maximum"])
def test_a_rule_of_ones_own_holds_throughout_a_network(way: str) -> None:
    """The signal's way back by transposed convolutions and switches, without autograd."""
    network = seeded(Pooled(WAYS[way].rectify)).double()
    shown = pictures(2, SIZE, dtype=torch.float64)
    probe = Probe(network, prepare=Preparation(SIZE), optimise=False)

    def rule(signal: Tensor, value: Tensor) -> Tensor:
        return torch.where(value.clamp(min=0) * signal > 0.02, signal, torch.zeros_like(signal))

    given = gradient(probe, probe.prepared(shown), Unit("block", 2), rule=_RectGrad(0.02)).attribution
    wanted = by_hand(network, WAYS[way], probe.prepared(shown), 2, rule)
    torch.testing.assert_close(given, wanted, rtol=1e-9, atol=1e-12)
    assert bool(wanted.any())
    plain = gradient(probe, probe.prepared(shown), Unit("block", 2)).attribution
    assert not torch.allclose(given, plain)


def test_the_example_of_a_rule_holds() -> None:
    tried = doctest.testmod(rules)
    assert tried.attempted > 0
    assert tried.failed == 0
