"""Networks of the catalogue with weights in a publisher's layout, and the tokens of transformers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import nn

from visualize.models import entry_of
from visualize.models.loading import build

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.methods.network.probe import Probe


def fitted(name: str, state: dict[str, torch.Tensor], folder: Path, wrap: str = "") -> nn.Module:
    """A catalogue entry's network with weights in a publisher's layout."""
    torch.save({wrap: state, "epoch": 3} if wrap else state, folder / "net.pth")
    return build(entry_of(name), folder / "net.pth")


def other(name: str) -> dict[str, torch.Tensor]:
    """Weights for a catalogue entry's network that are not those it starts with."""
    return build(replace(entry_of(name), seed=7), None).state_dict()


def same(net: nn.Module, state: dict[str, torch.Tensor]) -> bool:
    """Whether every weight of a network is that of the state dict."""
    return all(torch.equal(value, state[name]) for name, value in net.state_dict().items())


def tokens_and_map(probe: Probe, layer: str) -> tuple[torch.Tensor, torch.Tensor]:
    """A block's tokens for a picture, tokens x channels, by a hook on the network itself; and the probe's map."""
    raw: list[torch.Tensor] = []
    handle = probe.network.get_submodule(layer).register_forward_hook(lambda _m, _i, out: raw.append(out.detach()))
    pictures = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        probe.network(probe.prepare(pictures))
    handle.remove()
    return raw[0][0], probe.activations(pictures, [layer])[layer]
