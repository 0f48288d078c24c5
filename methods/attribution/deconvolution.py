"""Deconvolution: the part of a picture that a unit's activation can be traced back to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from visualize.methods.attribution.method import Attribution

if TYPE_CHECKING:
    from torch import Tensor

    from visualize.methods.attribution.gradient import Explained, Positions
    from visualize.methods.network.probe import Probe
    from visualize.methods.network.rectifiers.rules import Rule
    from visualize.methods.unit import Unit


@dataclass(frozen=True, kw_only=True)
class Deconvolution(Attribution):
    """Run the network backwards from one activation: unpool, rectify, filter with the transposed weights.

    Zeiler and Fergus 2014, "Visualizing and understanding convolutional networks", section 2.1. It is the gradient with
    one change: what comes to a rectifier from behind is itself rectified, and where the rectifier was off on the way up
    does not matter. Max pools send the signal to the position of their largest value, the paper's switches. Local
    response normalisation is passed as if it were not there, as in the paper, whose reconstruction path normalises no
    contrast. What the paper's networks do not have keeps its derivative: batch and layer norm, average pooling,
    attention.

    The rule holds for every rectifier that the network runs, whether a module (in place, used twice), a function, a
    tensor's method, ``clamp``, or put together from other operations (``x * x.sigmoid()``); the result's notes name
    what is out of its reach (TorchScript, operations with a gradient of their own). There are three sorts of them. The
    paper passes the signal through the same rectifier f as the activations, so that the reconstruction is a possible
    feature map again. A signal on its way back has no natural size, so that what counts is what f does to large
    signals: r(g) = lim f(tg) / t.

    - hard (ReLU): r(g) = max(g, 0). Of ReLU6 and its like, what was cut off above passes nothing.
    - leaky (leaky, parametric and, at test time, randomised ReLU) with slope s: r(g) = g above zero and s g below. Such
      feature maps may be negative, and so may the reconstruction: negative signal is weakened as the network weakens
      it, and not removed. A slope below zero counts as 0.
    - smooth (GELU, SiLU, Mish, hardswish, ELU, SELU, CELU, softplus): r(g) = max(g, 0), for to large signals they are
      ReLUs (SELU's constant gain is left out).

    A unit that is off has nothing to reconstruct: its map is blank, where the activation is 0 and the gradient too.

    The reconstruction starts from 1, not from the activation: it differs by that factor alone.

    Example:
        >>> import torch
        >>> from visualize.methods import Preparation, Probe
        >>> from torch import nn
        >>> network = nn.Sequential(nn.MaxPool2d(2), nn.ReLU())
        >>> probe = Probe(network, prepare=Preparation((4, 4)))
        >>> picture = torch.arange(48).view(1, 3, 4, 4) / 48
        >>> Deconvolution().attribute(probe, picture, probe.unit("1:0@0,1"))[0, 0]  # back through the pool's switch
        tensor([[0., 0., 0., 0.],
                [0., 0., 0., 1.],
                [0., 0., 0., 0.],
                [0., 0., 0., 0.]])
    """

    name: ClassVar[str] = "deconv"
    title: ClassVar[str] = "Deconvolution"
    shows: ClassVar[str] = (
        "What it sees of a photograph, and what of that its activation can be traced back to: grey is nothing."
    )
    colours: ClassVar[bool] = True
    advice: ClassVar[str] = (
        "Each photograph stands beside its reconstruction, both cropped to what the unit sees of them, as in Zeiler "
        "and Fergus 2014."
    )
    examples: ClassVar[tuple[str, ...]] = ("deconv", "deconv --image photograph.jpg --layer conv4 --unit 12")

    def rule(self) -> Rule:
        """Rule of deconvolution: a rectifier is applied to the signal on its way back."""
        from visualize.methods.network.rectifiers.rules import DECONVOLUTION

        return DECONVOLUTION

    def of_inputs(self, probe: Probe, inputs: Tensor, unit: Unit, positions: Positions | None) -> Explained:
        """Explain some prepared pictures; blank where the unit is off."""
        from visualize.methods.attribution.gradient import gradient

        explained = super().of_inputs(probe, inputs, unit, positions)
        zero = explained.activations == 0
        if not bool(zero.any()):
            return explained
        plain = gradient(probe, inputs[zero], unit, explained.positions[zero])
        off = zero.clone()
        off[zero] = ~plain.attribution.flatten(1).any(1)
        return explained._replace(attribution=explained.attribution.masked_fill(off[:, None, None, None], 0))
