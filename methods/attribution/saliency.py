"""Saliency: the pixels that a unit's activation hangs on."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Literal

from visualize.methods.attribution.method import Attribution
from visualize.methods.drawing.palette import Palette  # noqa: TC001 (the settings' annotations are read at run time)
from visualize.methods.settings import setting
from visualize.methods.together import number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from visualize.methods.attribution.gradient import Explained, Positions
    from visualize.methods.attribution.saliency_kinds import SaliencyKind
    from visualize.methods.drawing.overlay import Overlay
    from visualize.methods.network.probe import Probe
    from visualize.methods.unit import Unit


Kind = Literal["gradient", "smoothgrad", "input", "integrated"]
Baseline = Literal["black", "grey", "white", "mean"]

_SAYS = {
    "smoothgrad": "What it sees of a photograph, and how much each pixel there matters to it: the brighter, the more. "
    "The mean over noisy copies (SmoothGrad).",
    "input": "What it sees of a photograph, and what each pixel there adds or takes away: the brighter, the more. "
    "Gradient x input.",
    "integrated": "What it sees of a photograph, and what each pixel there adds or takes away: the brighter, the more. "
    "Integrated gradients.",
}
_SLOPES = "What it sees of a photograph, and what light does there: orange where more of it would excite the unit, "
_SHARES = "What it sees of a photograph, and what each pixel there does: orange adds, blue takes away. "
_SAYS_SIGNED = {
    "gradient": f"{_SLOPES}blue where less would.",
    "smoothgrad": f"{_SLOPES}blue where less would. The mean over noisy copies (SmoothGrad).",
    "input": f"{_SHARES}Gradient x input.",
    "integrated": f"{_SHARES}Integrated gradients.",
}


@dataclass(frozen=True, kw_only=True)
class Saliency(Attribution):
    """Take the gradient of a unit's activation with respect to the picture, or one of three refinements of it.

    ``"gradient"``: w = d a / d x (Simonyan, Vedaldi and Zisserman 2014, section 3, equation 4); the map is
    max |w| over the colours (section 3.1).

    ``"smoothgrad"``: the mean gradient of the picture with noise added (Smilkov et al. 2017, "SmoothGrad", section 3).

    ``"input"``: gradient x input, w * x, of the prepared input (Shrikumar et al. 2016, "Not just a black box").

    ``"integrated"``: (x - b) times the integral of the gradient along the line from a baseline b to x (Sundararajan,
    Taly and Yan 2017, equation 1). It adds up to a(x) - a(b) as far as the steps suffice (section 3, completeness), and
    those that suffice for one picture do not for another, for the gradient of a rectifier network jumps along the line.
    So by default steps are added where they are missed, until no more than a thousandth of the difference is lacking:
    a few hundred for most units, 4,000 at the most. A number of steps that is asked for is kept to, by Gauss-Legendre
    quadrature as captum does it; fifty can leave a few percent. The result's notes say how many steps were made, and
    what is lacking if it is more than a thousandth.

    The position that is explained is found on the picture itself, and kept for what is made of it. Units of any layer
    are explained, class logits among them; the network runs only as far as the unit's layer.

    Raises:
        InputError: a setting that makes no sense; and what :class:`~visualize.methods.attribution.method.Attribution`
            raises.

    Example:
        >>> import numpy as np
        >>> from visualize.methods import Preparation, Probe, Stack
        >>> from torch import nn
        >>> probe = Probe(nn.Sequential(nn.AvgPool2d(4)), prepare=Preparation((16, 16)))  # its unit 0 answers to red
        >>> photograph = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
        >>> (result,) = Saliency()(probe, probe.unit("0:0"), Stack([photograph]))
        >>> result.attribution.sum((0, 2, 3))  # of red, green and blue
        tensor([1., 0., 0.])
    """

    name: ClassVar[str] = "saliency"
    title: ClassVar[str] = "Saliency"
    browsing: ClassVar[Mapping[str, object] | None] = MappingProxyType({"count": 1})
    shows: ClassVar[str] = (
        "What it sees of a photograph, and how much each pixel there matters to it: the brighter, the more."
    )
    advice: ClassVar[str] = (
        "The photographs are those that are named with --image, or those of a set that excite the unit most."
    )
    examples: ClassVar[tuple[str, ...]] = (
        "saliency",
        "saliency --image photograph.jpg --layer logits --unit bedroom --kind smoothgrad",
        "saliency --images photographs/ --unit 79 --count 3 --arrays",
    )

    kind: Kind = setting(
        "gradient",
        help="gradient, smoothgrad (its mean over noisy copies), input (gradient x input) or integrated (gradients).",
    )
    samples: int = setting(
        50, least=1, only_with={"kind": ("smoothgrad",)}, help="Noisy copies of each picture, for smoothgrad."
    )
    noise: float = setting(
        0.15,
        least=0,
        unit="PART",
        only_with={"kind": ("smoothgrad",)},
        help="Their standard deviation, as a share of the picture's range. All pictures get the same noise.",
    )
    steps: int | None = setting(
        None,
        least=1,
        only_with={"kind": ("integrated",)},
        by_default="as many as integrated gradients take to add up",
        help="Steps of integrated gradients: a number that is given is kept to.",
    )
    baseline: Baseline = setting(
        "black",
        only_with={"kind": ("integrated",)},
        help="The picture that integrated gradients begin at: black, grey, white, or mean (zero once prepared).",
    )

    overlay: float = setting(
        0.75,
        least=0,
        most=1,
        unit="PART",
        help="How far the map covers the photograph in figures: 0 shows the photograph, 1 the map by itself.",
    )
    palette: Palette = setting(
        "inferno",
        help="Colours of the map in figures, from nothing to the most; signed draws the sum over the colours of each "
        "pixel, orange where it adds and blue where it takes away.",
    )
    blur: float = setting(
        0.01,
        least=0,
        most=1,
        unit="PART",
        help="Blur of the map in figures, as a part of the picture's side; 0 shows every pixel by itself.",
    )

    def says(self) -> str | None:
        """Sentence on what the kind shows."""
        return _SAYS_SIGNED[self.kind] if self.palette == "signed" else _SAYS.get(self.kind)

    def laid(self) -> Overlay:
        """Way in which figures lay a map over its photograph."""
        from visualize.methods.drawing.overlay import Overlay

        return Overlay(colours=self.palette, opacity=self.overlay, blur=self.blur)

    def of_inputs(self, probe: Probe, inputs: Tensor, unit: Unit, positions: Positions | None) -> Explained:
        """Explain some prepared pictures by the kind of map that was chosen."""
        if self.kind in {"gradient", "input"}:
            explained = super().of_inputs(probe, inputs, unit, positions)
            if self.kind == "gradient":
                return explained
            return explained._replace(attribution=explained.attribution * inputs)
        from visualize.methods.attribution.saliency_kinds import explain

        return explain(self._made_of_several(), probe, inputs, unit, positions)

    def _made_of_several(self) -> SaliencyKind:
        from visualize.methods.attribution.saliency_kinds import IntegratedGradients, SmoothGrad

        if self.kind == "smoothgrad":
            return SmoothGrad(samples=self.samples, noise=self.noise, seed=self.seed)
        return IntegratedGradients(baseline=self.baseline, steps=self.steps, batch=number(self.batch))

    def remarks(self, probe: Probe, unit: Unit, explained: Explained) -> Sequence[str]:
        """Notes on the steps of integrated gradients and what they lack, or on units that SmoothGrad finds off."""
        return () if self.kind in {"gradient", "input"} else self._made_of_several().remarks(probe, unit, explained)
