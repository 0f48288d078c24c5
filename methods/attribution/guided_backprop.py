"""Guided backpropagation: the part of a picture that speaks for a unit, through units that are on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from visualize.methods.attribution.method import Attribution

if TYPE_CHECKING:
    from visualize.methods.network.rectifiers.rules import Rule


@dataclass(frozen=True, kw_only=True)
class GuidedBackpropagation(Attribution):
    """Take the gradient, of which only what is above zero passes a rectifier, and only where the rectifier was on.

    Springenberg, Dosovitskiy, Brox and Riedmiller 2015, "Striving for simplicity: the all convolutional net", section
    3.4 and figure 1: the gradient's mask (where the input was above zero) and deconvolution's (where the signal is) at
    once. Everything that is no rectifier keeps its derivative, local response normalisation too.

    The rule holds for every rectifier f that the network runs, as in
    :class:`~visualize.methods.attribution.deconvolution.Deconvolution`,
    whose r(g) it multiplies with the derivative, g' = f'(x) r(g):

    - hard (ReLU): both masks, as in the paper.
    - leaky with slope s: each of the two weakens by s what it would remove if the slope were 0, so that a negative
      signal through a negative input is weakened by s squared.
    - smooth (GELU, SiLU and their like): f'(x) max(g, 0), and nothing where f falls: the paper's signal never becomes
      negative behind a rectifier.

    Its pictures look sharp because they partly recover the input; they hardly depend on the weights of deep layers
    (Adebayo et al. 2018), which is to be known before one believes them.

    Example:
        >>> import torch
        >>> from visualize.methods import Preparation, Probe
        >>> from torch import nn
        >>> network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, 3))
        >>> probe = Probe(network, prepare=Preparation((16, 16)))
        >>> GuidedBackpropagation().attribute(probe, torch.rand(2, 3, 16, 16), probe.unit("2:1")).shape
        torch.Size([2, 3, 16, 16])
    """

    name: ClassVar[str] = "guided"
    title: ClassVar[str] = "Guided backpropagation"
    shows: ClassVar[str] = (
        "What it sees of a photograph, and what of that speaks for it through units that are on: grey is nothing. "
        "Mostly the photograph's own edges (see viz check)."
    )
    by_default: ClassVar[bool] = False
    colours: ClassVar[bool] = True
    advice: ClassVar[str] = (
        "Its pictures look sharp because they partly recover the photograph, whatever the network has learned: see "
        "what `viz check` finds before believing them."
    )
    examples: ClassVar[tuple[str, ...]] = ("guided", "guided --image photograph.jpg --layer conv4 --unit 12")

    def rule(self) -> Rule:
        """Rule of guided backpropagation: a rectifier's derivative times the rectified signal on its way back."""
        from visualize.methods.network.rectifiers.rules import GUIDED

        return GUIDED
