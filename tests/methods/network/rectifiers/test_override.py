"""The rules of rectifiers against their formulas and against torch's own gradient."""

from __future__ import annotations

import gc
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor, nn

from tests.kit.networks import RECTIFIERS, Functional, InPlace, seeded
from tests.kit.pictures import pictures
from visualize.methods.network.rectifiers.override import rectified
from visualize.methods.network.rectifiers.reach import last_rectifiers
from visualize.methods.network.rectifiers.rules import DECONVOLUTION, ORDINARY, Rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from visualize.methods.network.rectifiers.forms import Form


@dataclass(frozen=True)
class _Times(Rule):
    """A rule of a user's own."""

    factor: float
    name = "times"
    paper = "none"

    def __call__(self, gradient: Tensor, form: Form, kept: Tensor) -> Tensor:
        return gradient * self.factor


def _gradient(name: str, value: Tensor, behind: Tensor) -> tuple[Tensor, Tensor]:
    """Output and gradient of ``2 * rectifier(3 * x)``; what goes in is no leaf, as within a network."""
    leaf = value.clone().requires_grad_()
    output = RECTIFIERS[name](leaf * 3) * 2
    (gradient,) = torch.autograd.grad(output, leaf, behind)
    return output.detach(), gradient


@pytest.mark.parametrize("name", RECTIFIERS)
def test_every_way_of_writing_a_rectifier_follows_the_rule(name: str) -> None:
    value, behind = torch.randn(2, 500, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    with rectified(DECONVOLUTION):
        output, gradient = _gradient(name, value, behind)
    torch.testing.assert_close(output, 6 * torch.where(value > 0, value, 0.0))
    torch.testing.assert_close(gradient, 6 * torch.where(behind > 0, behind, 0.0))
    with rectified(ORDINARY, left_out={0}):
        output, gradient = _gradient(name, value, behind)
    torch.testing.assert_close(output, 6 * value)
    torch.testing.assert_close(gradient, 6 * behind)


@pytest.mark.parametrize("name", RECTIFIERS)
def test_the_ordinary_rule_is_torchs_own_gradient(name: str) -> None:
    network = seeded(Functional(RECTIFIERS[name])).double()
    inputs = pictures(2, (9, 11), dtype=torch.float64).requires_grad_()
    plain = network(inputs)
    (wanted,) = torch.autograd.grad(plain.square().sum(), inputs)
    with rectified(ORDINARY):
        output = network(inputs)
    (given,) = torch.autograd.grad(output.square().sum(), inputs)  # the rule holds after the block as well
    torch.testing.assert_close(output, plain, rtol=0, atol=0)
    torch.testing.assert_close(given, wanted)
    assert wanted.abs().max() > 0


@pytest.mark.parametrize(
    "bounded", [nn.ReLU6(), nn.ReLU6(inplace=True), F.relu6, nn.Hardtanh(0, 2), lambda x: x.clamp(0, 1)]
)
def test_rectifiers_with_a_largest_value_keep_it(bounded: Callable[[Tensor], Tensor]) -> None:
    value = torch.linspace(-3, 9, 101, dtype=torch.float64)
    leaf = value.clone().requires_grad_()
    plain = bounded(leaf * 1)
    (wanted,) = torch.autograd.grad(plain, leaf, torch.ones_like(plain))
    with rectified(_Times(5)):
        output = bounded(leaf * 1)
    (given,) = torch.autograd.grad(output, leaf, torch.ones_like(plain))
    torch.testing.assert_close(output, plain)
    between = value < plain.max().item() - 1e-6
    torch.testing.assert_close(given[between], torch.full_like(given[between], 5))  # off or on, the rule is asked
    torch.testing.assert_close(given[value > plain.max().item() + 1e-6], wanted[value > plain.max().item() + 1e-6])


def test_the_last_rectifiers_before_an_output() -> None:
    """Numbers count as they run: 0 then 1 and 2 side by side, of which an output sees one or both."""
    leaf = torch.randn(4, dtype=torch.float64, generator=torch.Generator().manual_seed(0), requires_grad=True)
    with rectified(ORDINARY):
        first = torch.relu(leaf)
        left, right = torch.relu(first - 1), F.relu(first * 2)
        assert last_rectifiers([first * 3]) == {0}
        assert last_rectifiers([left]) == {1}
        assert last_rectifiers([left + right]) == {1, 2}
        assert last_rectifiers([left * first]) == {0, 1}
        assert last_rectifiers([leaf * 2, leaf.detach()]) == frozenset()


def test_the_rule_ends_with_its_block_also_after_an_exception() -> None:
    with pytest.raises(RuntimeError, match="inside"), rectified(DECONVOLUTION):
        raise RuntimeError("inside")
    leaf = torch.tensor([1.0], requires_grad=True)
    torch.relu(leaf).backward(torch.tensor([-2.0]))  # type: ignore[no-untyped-call]
    assert leaf.grad is not None
    assert leaf.grad.item() == -2


@pytest.mark.parametrize("other", [lambda x: x.clamp(-1, 1), lambda x: x.clamp(min=0.1), F.hardtanh, torch.tanh])
def test_what_is_no_rectifier_keeps_its_gradient(other: nn.Module) -> None:
    value = torch.randn(100, dtype=torch.float64, generator=torch.Generator().manual_seed(0), requires_grad=True)
    (wanted,) = torch.autograd.grad(other(value).sum(), value)
    with rectified(DECONVOLUTION):
        (given,) = torch.autograd.grad(-other(value).sum(), value)
    torch.testing.assert_close(given, -wanted)


def test_in_place_rectifiers_in_a_row_of_modules() -> None:
    network = seeded(InPlace()).double()
    inputs = pictures(1, (12, 12), dtype=torch.float64).requires_grad_()
    (wanted,) = torch.autograd.grad(network(inputs).sum(), inputs)
    with rectified(ORDINARY):
        (given,) = torch.autograd.grad(network(inputs).sum(), inputs)
    torch.testing.assert_close(given, wanted)


@pytest.mark.parametrize("inplace", [False, True])
def test_the_last_rectifiers_are_those_with_none_behind_them(*, inplace: bool) -> None:
    torch.manual_seed(0)
    before = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace), nn.Conv2d(4, 4, 3), nn.ReLU(inplace))
    left, right = nn.Conv2d(4, 2, 1), nn.Conv2d(4, 3, 1)
    rectify = nn.ReLU(inplace)
    inputs = torch.randn(2, 3, 9, 9, requires_grad=True)

    def both() -> Tensor:
        seen = before(inputs)
        return torch.cat([rectify(left(seen)), rectify(right(seen))], 1)

    with rectified(ORDINARY):
        numbers = last_rectifiers([both()])
    assert numbers == {2, 3}
    with rectified(None, left_out=numbers):
        opened = both()
    seen = before(inputs)
    torch.testing.assert_close(opened, torch.cat([left(seen), right(seen)], 1), rtol=0, atol=0)
    assert bool((opened < 0).any())


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("make", [nn.ReLU, nn.LeakyReLU, nn.ELU])
def test_nothing_of_a_run_outlives_it(make: type[nn.Module], *, in_place: bool) -> None:
    class Watched(Rule):
        name, paper = "watched", "none"

        def __call__(self, gradient: Tensor, form: Form, kept: Tensor) -> Tensor:
            return ORDINARY(gradient, form, kept)

    rule = Watched()
    alive = weakref.ref(rule)
    network = nn.Sequential(nn.Conv2d(1, 2, 1), make(inplace=in_place), nn.Conv2d(2, 2, 1), make(inplace=in_place))
    network.requires_grad_(requires_grad=False)
    value = torch.randn(1, 1, 4, 4, requires_grad=True)
    with rectified(rule):
        output = network(value)
    torch.autograd.grad(output.sum(), value)
    del rule, output
    gc.collect()
    assert alive() is None
