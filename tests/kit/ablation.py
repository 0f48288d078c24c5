"""Networks without units by plain hooks, and networks of which it is known what they lose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from visualize.methods import Preparation, Probe

if TYPE_CHECKING:
    from collections.abc import Sequence

COLOURS = ("red", "green", "blue")
SIDE = 16  # pixels, of the pictures of colours


def ablated_by_hook(network: nn.Module, name: str, inputs: Tensor, units: Sequence[int], blank: Any = 0.0) -> Tensor:  # noqa: ANN401 (a number, or one for each unit)
    """The network's output with ``x[:, units] = blank`` at a module, as everybody writes it."""

    def put(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
        changed = output.clone()
        for unit in units:
            changed[:, unit] = blank[unit] if isinstance(blank, Tensor) else blank
        return changed

    handle = network.get_submodule(name).register_forward_hook(put)
    modes = {module: module.training for module in network.modules()}
    try:
        with torch.no_grad():
            output = network.eval()(inputs)
    finally:
        handle.remove()
        for module, mode in modes.items():
            module.training = mode
    result: Tensor = output
    return result


def planted() -> nn.Sequential:
    """Tells red, green and blue by one unit of ``relu`` each; units 3 and 4 of its five are of no use.

    Without unit 0 a red picture has no sign of any colour, and is called green, whose offset is the largest.
    """
    network = nn.Sequential()
    conv, fc = nn.Conv2d(3, 5, 1), nn.Linear(5, 3)
    with torch.no_grad():
        conv.weight.copy_(torch.zeros(5, 3, 1, 1))
        conv.weight[:3, :, 0, 0] = 1.5 * torch.eye(3) - 0.5
        conv.weight[3, 0] = 1.0
        conv.bias = nn.Parameter(torch.tensor([-0.2, -0.2, -0.2, 0.0, 0.3]))
        fc.weight.copy_(torch.cat([torch.eye(3), torch.zeros(3, 2)], 1))
        fc.bias = nn.Parameter(torch.tensor([0.0, 0.02, 0.01]))
    network.add_module("conv", conv)
    network.add_module("relu", nn.ReLU())
    network.add_module("pool", nn.AdaptiveAvgPool2d(1))
    network.add_module("flatten", nn.Flatten())
    network.add_module("fc", fc)
    return network


def planted_probe() -> Probe:
    """A probe of it that knows its classes."""
    return Probe(planted(), prepare=Preparation((SIDE, SIDE)), classes=COLOURS)
