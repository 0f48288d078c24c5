"""Random weights in place of the trained ones of a user's network, or one of torch.hub."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_RESETS = ("reset_parameters", "_reset_parameters")  # what torch's own modules call it


def redraw(network: nn.Module) -> None:
    """Give a network the weights that it would start its training with, as far as its modules know them.

    A module that can draw its weights (``reset_parameters``, as all of torch's can) does so, batch norms forget what
    they saw, and every other parameter has its values put into a random order, which keeps their distribution. Drawn
    from torch's generator, whose seed is the caller's to set.

    Args:
        network: the network, which is changed in place.
    """
    drawn: set[int] = set()
    with torch.no_grad():
        for module in network.modules():
            reset = next((getattr(module, name) for name in _RESETS if callable(getattr(module, name, None))), None)
            if reset is not None:
                reset()
                drawn.update(map(id, module.parameters(recurse=False)))
        for parameter in network.parameters():
            if id(parameter) not in drawn:
                parameter.copy_(_shuffled(parameter))


def _shuffled(values: Tensor) -> Tensor:
    order = torch.randperm(values.numel()).to(values.device)
    return values.flatten()[order].view_as(values)
