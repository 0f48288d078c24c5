"""Names put to the test on scenes with and without the concept: a unit that sees it passes, one that does not fails."""

from __future__ import annotations

from types import MappingProxyType

import torch
from torch import Tensor, nn

from visualize.dissection import Table
from visualize.dissection.verification import verify
from visualize.methods.dissection.scores import Best, Verdict
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe


class _Planted(nn.Module):
    """Units: how white it is, nothing at all, always on."""

    def __init__(self) -> None:
        super().__init__()
        self.wired = nn.Conv2d(3, 3, 1)
        with torch.no_grad():
            self.wired.weight.copy_(torch.tensor([[1.0, 1, 1], [0, 0, 0], [0, 0, 0]])[:, :, None, None])
            self.wired.bias.copy_(torch.tensor([-2.4, 0.0, 1.0]))  # type: ignore[union-attr]

    def forward(self, x: Tensor) -> Tensor:
        maps: Tensor = self.wired(x)
        return maps


def _named(unit: int, category: str, label: str) -> Verdict:
    return Verdict(unit, category, MappingProxyType({category: Best(label, 10, 10, 5, 0.2)}))


def test_what_sees_the_concept_passes_and_what_does_not_fails() -> None:
    probe = Probe(_Planted(), prepare=Preparation((64, 64)))
    verdicts = (_named(0, "object", "cloud"), _named(1, "object", "cloud"), _named(2, "color", "white"))
    table = Table("net", ("object", "color"), verdicts, layer="wired")
    white, blind, colour = verify(probe, table, pairs=10)
    assert blind.pairs == white.pairs
    assert (blind.gains, blind.auc, blind.shift, blind.p, blind.survives) == (0.5, 0.5, 0, 1, False)
    assert white.survives
    assert white.gains > 0.8
    assert white.adjusted == 2 * white.p
    assert "without a color" in colour.reason
    assert not colour.survives
