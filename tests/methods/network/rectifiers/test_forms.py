"""Forms of rectifiers, against torch's own gradient and their limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor

from visualize.methods.network.rectifiers.forms import Composed, Form, Hard, Leaky, Smooth

if TYPE_CHECKING:
    from collections.abc import Callable

_CHANNELS = torch.tensor([0.0, 0.3, 0.8], dtype=torch.float64)[:, None]
_CASES: dict[str, tuple[Form, Callable[[Tensor], Tensor]]] = {
    "relu": (Hard(F.relu, in_place=False), F.relu),
    "relu6": (Hard(F.relu6, in_place=False, ceiling=6.0), F.relu6),
    "leaky": (Leaky(F.leaky_relu, in_place=False, slope=0.01), F.leaky_relu),
    "by channel": (
        Leaky(lambda x: F.prelu(x, _CHANNELS.flatten()), in_place=False, slope=_CHANNELS),
        lambda x: F.prelu(x, _CHANNELS.flatten()),
    ),
    "silu": (Smooth(F.silu, in_place=False), F.silu),
    "double": (Composed(lambda x: 2 * F.elu(x), in_place=False, gain=2.0), lambda x: 2 * F.elu(x)),
    "slanted": (
        Composed(lambda x: F.softplus(x) + 0.1 * x, in_place=False, gain=1.1, slope=0.1),
        lambda x: F.softplus(x) + 0.1 * x,
    ),
}


def _noise(seed: int) -> Tensor:
    return 3 * torch.randn(4, 3, 50, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def _kept(form: Form, value: Tensor) -> Tensor:
    return form.run(value) if form.keeps_output else value


@pytest.mark.parametrize("name", _CASES)
def test_the_derivative_is_torchs(name: str) -> None:
    form, function = _CASES[name]
    value, behind = _noise(0).requires_grad_(), _noise(1)
    (wanted,) = torch.autograd.grad(function(value), value, behind)
    kept = _kept(form, value.detach())
    inside = kept < getattr(form, "ceiling", torch.inf)  # the operation cuts off what is above
    torch.testing.assert_close(form.derivative(behind, kept) * inside, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", [name for name in _CASES if name != "relu6"])
def test_the_signal_is_what_the_rectifier_makes_of_large_ones(name: str) -> None:
    form, function = _CASES[name]
    behind, large = _noise(1), 1e9
    torch.testing.assert_close(form.signal(behind), function(behind * large) / large, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", _CASES)
def test_both_is_the_rising_derivative_times_the_signal(name: str) -> None:
    form, _ = _CASES[name]
    value, behind = _noise(0), _noise(1)
    before, kept = behind.clone(), _kept(form, value)
    slope = form.derivative(torch.ones_like(value), kept).clamp(min=0)
    gain = getattr(form, "gain", 1.0)
    torch.testing.assert_close(form.both(behind, kept) * gain, slope * form.signal(behind), rtol=1e-12, atol=1e-12)
    assert torch.equal(behind, before)
