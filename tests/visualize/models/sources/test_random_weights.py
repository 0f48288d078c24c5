"""Random weights: drawn as torch draws them, or the trained ones in a random order."""

from __future__ import annotations

import torch
from torch import nn

from visualize.models.sources.random_weights import redraw


class Scaled(nn.Module):
    """A convolution that can draw its weights, a batch norm, and a parameter of its own that nothing draws."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.scale = nn.Parameter(torch.arange(6.0))


def redrawn(seed: int) -> dict[str, torch.Tensor]:
    network = Scaled()
    with torch.no_grad():
        network.conv.weight.fill_(7.0)
        network.norm.get_buffer("running_mean").fill_(3.0)
    torch.manual_seed(seed)
    redraw(network)
    return network.state_dict()


def test_modules_draw_their_weights_and_other_parameters_are_put_into_a_random_order() -> None:
    state, again, other = redrawn(0), redrawn(0), redrawn(1)
    assert 0 < float(state["conv.weight"].abs().max()) <= 27**-0.5  # torch's: uniform, up to 1 / sqrt(inputs)
    assert not state["norm.running_mean"].any()
    assert sorted(state["scale"].tolist()) == list(range(6))
    assert all(torch.equal(state[name], value) for name, value in again.items())
    assert not torch.equal(state["conv.weight"], other["conv.weight"])
    assert not torch.equal(state["scale"], other["scale"])
