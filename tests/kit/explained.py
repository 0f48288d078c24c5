"""Captum's neuron attributions of networks, rewritten where captum would not see the rectifiers."""

from __future__ import annotations

import copy
import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from captum.attr import (
    NeuronDeconvolution,
    NeuronGradient,
    NeuronGuidedBackprop,
    NeuronIntegratedGradients,
)
from torch import Tensor, fx, nn

from tests.kit.networks import RECTIFIERS
from visualize.methods.network.run.graph import trace

if TYPE_CHECKING:
    from collections.abc import Callable

_CALLS = {F.relu, torch.relu, torch.relu_}


class BentRectifier(nn.ReLU):
    """GELU under a name that captum has a rule for."""

    def forward(self, x: Tensor) -> Tensor:
        return F.gelu(x)


def rewritten(network: nn.Module, layer: str) -> tuple[nn.Module, nn.Module]:
    """A copy of a network in which every rectifier is an ``nn.ReLU`` of its own, not in place.

    Returns:
        the copy, and a module in it whose output is that of ``layer``.
    """
    traced = trace(copy.deepcopy(network).eval())
    assert traced is not None
    copied = fx.GraphModule(traced.network, traced.graph)
    modules = dict(copied.named_modules())
    end = traced.nodes[layer]
    for number, node in enumerate(list(copied.graph.nodes)):
        part = modules.get(str(node.target)) if node.op == "call_module" else None
        called = node.op == "call_function" and node.target in _CALLS
        if isinstance(part, nn.ReLU | nn.GELU) or called:
            new = BentRectifier() if isinstance(part, nn.GELU) else nn.ReLU()
            end = _replaced(copied, node, node.args[0], f"rectifier{number}", new, end)
    copied.add_module("watched", nn.Identity())
    with copied.graph.inserting_after(end):
        watched = copied.graph.call_module("watched", (end,))
    end.replace_all_uses_with(watched, delete_user_cb=lambda user: user is not watched)
    copied.recompile()
    return copied.eval(), copied.get_submodule("watched")


def _replaced(copied: fx.GraphModule, node: fx.Node, value: object, name: str, new: nn.Module, end: fx.Node) -> fx.Node:
    copied.add_module(name, new)
    with copied.graph.inserting_after(node):
        other = copied.graph.call_module(name, (value,))  # type: ignore[arg-type]
    node.replace_all_uses_with(other)
    copied.graph.erase_node(node)
    return other if node is end else end


def by_captum(how: str, network: nn.Module, layer: nn.Module, inputs: Tensor, unit: int, positions: Tensor) -> Tensor:
    """An attribution of one unit of a layer with maps (or without: then positions do not matter)."""

    def pick(output: Tensor) -> Tensor:
        at = positions.repeat(len(output) // len(positions), 1)  # every step of an integral holds all pictures
        return output[:, unit] if output.dim() == 2 else output[torch.arange(len(at)), unit, at[:, 0], at[:, 1]]

    makers: dict[str, Callable[[nn.Module, nn.Module], NeuronGradient]] = {
        "gradient": NeuronGradient,
        "deconv": NeuronDeconvolution,
        "guided": NeuronGuidedBackprop,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        leaf = inputs.clone()
        if how == "integrated":
            attribution: Tensor = NeuronIntegratedGradients(network, layer).attribute(
                leaf, pick, baselines=torch.zeros_like(leaf), n_steps=6
            )
        else:
            attribution = makers[how](network, layer).attribute(leaf, pick)
    return attribution.detach()


@dataclass(frozen=True)
class Way:
    """One way of rectifying, with what it is by formula.

    Args:
        rectify: as a network calls it.
        slope: of the negative side, for large inputs.
        derivative: by hand.
    """

    rectify: Callable[[Tensor], Tensor]
    slope: float
    derivative: Callable[[Tensor], Tensor]

    def deconvolved(self, gradient: Tensor, _value: Tensor) -> Tensor:
        """Deconvolution's rule."""
        return torch.where(gradient > 0, gradient, self.slope * gradient)

    def guided(self, gradient: Tensor, value: Tensor) -> Tensor:
        """Guided backpropagation's rule."""
        derivative = self.derivative(value)
        return torch.where(derivative > 0, derivative, 0) * self.deconvolved(gradient, value)


def _steps(slope: float) -> Callable[[Tensor], Tensor]:
    return lambda x: torch.where(x > 0, torch.ones_like(x), slope)


def _mish(x: Tensor) -> Tensor:
    inner = torch.log1p(x.exp()).tanh()
    return inner + x * (1 - inner**2) / (1 + (-x).exp())


def _gelu(x: Tensor) -> Tensor:
    return 0.5 * (1 + torch.erf(x / math.sqrt(2))) + x * torch.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


def _gelu_tanh(x: Tensor) -> Tensor:
    rate = math.sqrt(2 / math.pi)
    inner = (rate * (x + 0.044715 * x**3)).tanh()
    return 0.5 * (1 + inner) + 0.5 * x * (1 - inner**2) * rate * (1 + 3 * 0.044715 * x**2)


def _silu(x: Tensor) -> Tensor:
    return x.sigmoid() * (1 + x * (1 - x.sigmoid()))


def _hardswish(x: Tensor) -> Tensor:
    return torch.where(x > 3, 1, torch.where(x > -3, (2 * x + 3) / 6, torch.zeros_like(x)))


_SCALE, _ALPHA = 1.0507009873554805, 1.6732632423543772  # Klambauer et al. 2017, equation 14
_PRELU = torch.tensor([0.3, 0.3, 0.3, 0.3], dtype=torch.float64)
HARD: dict[str, Callable[[Tensor], Tensor]] = {
    **RECTIFIERS,
    "F.relu in place, by position": lambda x: F.relu(x, True),
    "threshold": nn.Threshold(0, 0),
    "maximum": lambda x: torch.maximum(x, torch.zeros_like(x)),
    "maximum, the other way round": lambda x: torch.max(torch.zeros(()).to(x), x),
}
COMPOSED: dict[str, Callable[[Tensor], Tensor]] = {
    "where": lambda x: torch.where(x > 0, x, 0.0),
    "where, zeros first": lambda x: torch.where(x <= 0, torch.zeros_like(x), x),
    "where, method": lambda x: x.where(x > 0, torch.zeros(()).to(x)),
    "mask": lambda x: x * (x > 0),
    "mask of floats": lambda x: (x > 0).to(x.dtype) * x,
    "masked_fill": lambda x: x.masked_fill(x < 0, 0),
    "absolute": lambda x: (x + x.abs()) / 2,
    "zeros with dimensions": lambda x: torch.where(x > 0, x, torch.zeros(1, 1, 1, 1).to(x)),
    "fmax": lambda x: torch.fmax(x, torch.zeros(()).to(x)),
    "clamp to a tensor": lambda x: torch.clamp(x, min=torch.zeros(()).to(x)),
}
WAYS: dict[str, Way] = {
    **{f"hard: {name}": Way(rectify, 0, _steps(0)) for name, rectify in HARD.items()},
    "leaky": Way(nn.LeakyReLU(0.55), 0.55, _steps(0.55)),
    "leaky in place": Way(nn.LeakyReLU(0.55, inplace=True), 0.55, _steps(0.55)),
    "leaky, functional": Way(F.leaky_relu, 0.01, _steps(0.01)),
    "leaky, slope below zero": Way(lambda x: F.leaky_relu(x, -0.2), 0, _steps(-0.2)),
    "parametric": Way(lambda x: F.prelu(x, _PRELU[:1]), 0.3, _steps(0.3)),
    "parametric by channel": Way(lambda x: F.prelu(x, _PRELU), 0.3, _steps(0.3)),
    "randomised": Way(nn.RReLU(0.2, 0.4).eval(), 0.3, _steps(0.3)),
    "ELU": Way(nn.ELU(0.7), 0, lambda x: torch.where(x > 0, 1, 0.7 * x.exp())),
    "ELU in place": Way(nn.ELU(0.7, inplace=True), 0, lambda x: torch.where(x > 0, 1, 0.7 * x.exp())),
    "CELU": Way(nn.CELU(0.5), 0, lambda x: torch.where(x > 0, 1, (x / 0.5).exp())),
    "SELU": Way(nn.SELU(), 0, lambda x: _SCALE * torch.where(x > 0, 1, _ALPHA * x.exp())),
    "GELU": Way(nn.GELU(), 0, _gelu),
    "SiLU": Way(nn.SiLU(), 0, _silu),
    "SiLU in place": Way(nn.SiLU(inplace=True), 0, _silu),
    "hardswish": Way(F.hardswish, 0, _hardswish),
    "GELU by tanh": Way(nn.GELU(approximate="tanh"), 0, _gelu_tanh),
    "Mish": Way(nn.Mish(), 0, _mish),
    "softplus": Way(nn.Softplus(), 0, torch.sigmoid),
    **{f"by hand: {name}": Way(rectify, 0, _steps(0)) for name, rectify in COMPOSED.items()},
    "by hand: leaky where": Way(lambda x: torch.where(x > 0, x, 0.3 * x), 0.3, _steps(0.3)),
    "by hand: leaky maximum": Way(lambda x: torch.maximum(x, 0.3 * x), 0.3, _steps(0.3)),
    "by hand: ELU": Way(
        lambda x: torch.where(x > 0, x, 0.7 * torch.expm1(x)), 0, lambda x: torch.where(x > 0, 1, 0.7 * x.exp())
    ),
    "by hand: SiLU": Way(lambda x: x * x.sigmoid(), 0, _silu),
    "by hand: SiLU as a quotient": Way(lambda x: x / (1 + (-x).exp()), 0, _silu),
    "by hand: SiLU by expit": Way(lambda x: x * torch.special.expit(x), 0, _silu),
    "by hand: GELU by ndtr": Way(lambda x: x * torch.special.ndtr(x), 0, _gelu),
    "by hand: turned twice": Way(lambda x: -(-x).clamp(max=0), 0, _steps(0)),
    "by hand: least of negatives": Way(lambda x: -torch.minimum(-x, torch.zeros_like(x)), 0, _steps(0)),
    "by hand: gate that is held": Way(lambda x: x * (x.detach() > 0), 0, _steps(0)),
    "by hand: SiLU in place": Way(lambda x: x.mul_(x.sigmoid()), 0, _silu),
    "by hand: quick GELU": Way(
        lambda x: x * torch.sigmoid(1.702 * x),
        0,
        lambda x: (1.702 * x).sigmoid() * (1 + 1.702 * x * (1 - (1.702 * x).sigmoid())),
    ),
    "by hand: GELU": Way(lambda x: x * 0.5 * (1.0 + torch.erf(x / math.sqrt(2))), 0, _gelu),
    "by hand: GELU by tanh": Way(
        lambda x: 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))), 0, _gelu_tanh
    ),
    "by hand: Mish": Way(lambda x: x * F.softplus(x).tanh(), 0, _mish),
    "by hand: hardswish": Way(lambda x: x * F.relu6(x + 3) / 6, 0, _hardswish),
    "by hand: hardswish, gate in place": Way(lambda x: x.mul(F.relu6(x + 3.0).div_(6.0)), 0, _hardswish),
    "exported ReLU": Way(torch.ops.aten.relu.default, 0, _steps(0)),
    "exported GELU": Way(torch.ops.aten.gelu.default, 0, _gelu),
}


class _Block(nn.Module):
    def __init__(self, rectify: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.deep = nn.Conv2d(4, 4, 3)
        self._rectify = rectify

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(self._rectify(self.conv(x)), 2)
        return self._rectify(self.deep(x))


class Pooled(nn.Module):
    """A rectifier that is used twice, and a pool between: ``block``."""

    def __init__(self, rectify: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.block = _Block(rectify)

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.block(x)
        return output


def by_hand(network: Pooled, way: Way, inputs: Tensor, unit: int, rule: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """The signal's way back from the largest activation of a unit, operation by operation and without autograd."""
    conv, deep = network.block.conv, network.block.deep
    with torch.no_grad():
        first = F.conv2d(inputs, conv.weight, conv.bias, padding=1)
        high = way.rectify(first.clone())
        pooled, switches = F.max_pool2d(high, 2, return_indices=True)
        second = F.conv2d(pooled, deep.weight, deep.bias)
        out = way.rectify(second.clone())[:, unit].flatten(1)
        signal = torch.zeros_like(second)
        signal[:, unit] = F.one_hot(out.argmax(1), out.shape[1]).to(out).view_as(signal[:, unit])
        signal = F.conv_transpose2d(rule(signal, second), deep.weight)
        signal = F.max_unpool2d(signal, switches, [2, 2], output_size=high.shape[2:])
        return F.conv_transpose2d(rule(signal, first), conv.weight, padding=1)
