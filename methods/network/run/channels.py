"""Operations of a network's graph that keep channels apart, and those that mix them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from visualize.methods.network.rectifiers.kinds import KINDS

if TYPE_CHECKING:
    from torch import fx

    from visualize.methods.network.run.graph import Trace

_APART = (
    nn.Identity, nn.Dropout, nn.Dropout2d, nn.AlphaDropout, nn.FeatureAlphaDropout, nn.BatchNorm2d, nn.BatchNorm1d,
    nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d, nn.LPPool2d, nn.ZeroPad2d,
    nn.Sigmoid, nn.Tanh, nn.GELU, nn.SiLU, nn.Mish, nn.Softplus, nn.Hardsigmoid, nn.LogSigmoid, nn.Softsign,
    *(module for kind in KINDS for module in kind.modules),
)  # fmt: skip
_APART_CALLS = {
    functional.dropout, functional.dropout2d, functional.max_pool2d, functional.avg_pool2d,
    functional.adaptive_avg_pool2d, functional.adaptive_max_pool2d, functional.gelu, functional.silu, torch.tanh,
    torch.sigmoid, functional.sigmoid, functional.tanh,
    *(function for kind in KINDS for function in kind.graph if not isinstance(function, str)),
}  # fmt: skip
_APART_METHODS = {
    "contiguous", "sigmoid", "tanh", *(name for kind in KINDS for name in kind.graph if isinstance(name, str)),
}  # fmt: skip
_POOLED = (torch.mean, "mean")


def _module(traced: Trace, node: fx.Node) -> nn.Module | None:
    """The module that a node calls with one value; None for other nodes, and for modules with hooks."""
    if node.op != "call_module" or len(node.args) != 1 or node.kwargs:
        return None
    module = traced.network.get_submodule(str(node.target))
    hooked = module._forward_hooks or module._forward_pre_hooks  # noqa: SLF001 (torch tells them nowhere else)
    return None if hooked else module


def mixing(traced: Trace, node: fx.Node) -> nn.Conv2d | nn.Linear | None:
    """The convolution or linear layer that a node calls; None for other nodes.

    Depthwise convolutions mix nothing. Those that pad with anything but zeros, or have hooks, are left aside.
    """
    module = _module(traced, node)
    if isinstance(module, nn.Linear):
        return module if type(module) is nn.Linear else None
    if not isinstance(module, nn.Conv2d) or type(module) is not nn.Conv2d or _depthwise(module):
        return None
    return module if module.padding_mode == "zeros" and not isinstance(module.padding, str) else None


def _depthwise(module: nn.Module) -> bool:
    plain = isinstance(module, nn.Conv2d) and type(module) is nn.Conv2d
    return plain and module.groups == module.in_channels == module.out_channels


def keeps_apart(traced: Trace, node: fx.Node) -> bool:
    """Whether an operation computes each channel from that channel alone, and leaves its numbers together.

    Rectifiers, norms of channels, pools, dropout, depthwise convolutions, averages over places and flattening do. It is
    told by what the operation is; who builds on it compares with the network itself.
    """
    module = _module(traced, node)
    if module is not None:
        flat = isinstance(module, nn.Flatten) and module.start_dim == 1
        return flat or type(module) in _APART or _depthwise(module)
    if len(node.all_input_nodes) != 1:
        return False
    given = (*node.args[1:], *node.kwargs.values())
    if node.target in {torch.flatten, "flatten"}:
        return given[:1] == (1,)
    if node.target in _POOLED:
        return all(isinstance(value, bool) or _places(value) for value in given) and len(given) > 0
    if node.op == "call_function":
        return node.target in _APART_CALLS
    return node.op == "call_method" and node.target in _APART_METHODS


def _places(value: object) -> bool:
    """Whether axes that are averaged are those of places."""
    return isinstance(value, list | tuple) and sorted(value) in ([2, 3], [-2, -1])
