"""Saliency: the pixels that a unit's activation hangs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import torch
from torch import Tensor

from methods.attribution.gradient import Explained, Positions, gradient, no_gradient, peaks
from methods.attribution.integrated_gradients import integrate
from methods.attribution.method import Attribution
from methods.network.activation import activation_at
from methods.settings import setting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from methods.network.probe import Probe
    from methods.unit import Unit


Kind = Literal["gradient", "smoothgrad", "input", "integrated"]
Baseline = Literal["black", "grey", "white", "mean"]

COMPLETE = 1e-3  # the share of the difference of activation that integrated gradients may lack
_MOST = 4000  # gradients of one picture in search of that
_ROUNDING = 1.01  # of sums of float32
_SAYS = {
    "smoothgrad": "What it sees of a photograph, and how much each pixel there matters to it: the brighter, the more. "
    "The mean over noisy copies (SmoothGrad).",
    "input": "What it sees of a photograph, and what each pixel there adds or takes away: the brighter, the more. "
    "Gradient x input.",
    "integrated": "What it sees of a photograph, and what each pixel there adds or takes away: the brighter, the more. "
    "Integrated gradients.",
}
_LIGHT: dict[str, float] = {"black": 0.0, "grey": 0.5, "white": 1.0}


@dataclass(frozen=True, kw_only=True)
class Saliency(Attribution):
    """The gradient of a unit's activation with respect to the picture, and three refinements of it.

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
        InputError: a setting that makes no sense; and what :class:`~methods.attribution.method.Attribution` raises.
    """

    name: ClassVar[str] = "saliency"
    title: ClassVar[str] = "Saliency"
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
    samples: int = setting(50, least=1, help="Noisy copies of each picture, for smoothgrad.")
    noise: float = setting(
        0.15,
        least=0,
        unit="PART",
        help="Their standard deviation, as a share of the picture's range. All pictures get the same noise.",
    )
    steps: int | None = setting(
        None,
        least=1,
        by_default="as many as integrated gradients take to add up",
        help="Steps of integrated gradients: a number that is given is kept to.",
    )
    baseline: Baseline = setting(
        "black",
        help="The picture that integrated gradients begin at: black, grey, white, or mean (zero once prepared).",
    )

    def says(self) -> str | None:
        """What the kind shows."""
        return _SAYS.get(self.kind)

    def of_inputs(self, probe: Probe, inputs: Tensor, unit: Unit, positions: Positions | None) -> Explained:
        """Explain some prepared pictures."""
        if self.kind in {"gradient", "input"}:
            found = super().of_inputs(probe, inputs, unit, positions)
            return found if self.kind == "gradient" else found._replace(attribution=found.attribution * inputs)
        with torch.no_grad():
            maps = probe.respond(inputs, [unit.layer])[unit.layer][:, unit.index]
        at = peaks(maps) if positions is None else positions.to(maps.device)
        make = {"smoothgrad": self._smoothed, "integrated": self._completed if self.steps is None else self._quadrature}
        attribution, steps = make[self.kind](probe, inputs, unit, at)
        return Explained(attribution, activation_at(maps, at), at, torch.as_tensor(steps).expand(len(at)))

    def _smoothed(self, probe: Probe, inputs: Tensor, unit: Unit, positions: Positions) -> tuple[Tensor, int]:
        generator = torch.Generator().manual_seed(self.seed)
        width = self.noise * (inputs.amax((1, 2, 3), keepdim=True) - inputs.amin((1, 2, 3), keepdim=True))
        total = torch.zeros_like(inputs)
        for _ in range(self.samples):
            noise = torch.randn(inputs.shape[1:], generator=generator).to(inputs)
            total += gradient(probe, inputs + width * noise, unit, positions).attribution
        return total / self.samples, self.samples

    def _quadrature(self, probe: Probe, inputs: Tensor, unit: Unit, positions: Positions) -> tuple[Tensor, int]:
        """With the steps that are asked for."""
        from captum.attr import IntegratedGradients  # heavy, and only this kind needs it

        steps = self.steps or 0

        def activation(inputs: Tensor, at: Positions) -> Tensor:
            maps = probe.respond(inputs, [unit.layer])[unit.layer]
            if inputs.requires_grad and not maps.requires_grad:
                raise no_gradient(unit)
            return activation_at(maps[:, unit.index], at)

        with torch.inference_mode(mode=False), torch.enable_grad():
            found: Tensor = IntegratedGradients(activation).attribute(
                inputs.clone(),
                self._start(probe, inputs),
                additional_forward_args=(positions,),
                n_steps=steps,
                internal_batch_size=max(self.batch, len(inputs)),
            )
        return found.detach(), steps

    def _completed(self, probe: Probe, inputs: Tensor, unit: Unit, positions: Positions) -> tuple[Tensor, list[int]]:
        """With as many steps as each picture takes."""
        start = self._start(probe, inputs[:1])[0]
        attributions, steps = [], []
        for own, at in zip(inputs, positions, strict=True):
            direction = own - start

            def slopes(places: Tensor, at: Tensor = at, direction: Tensor = direction) -> tuple[Tensor, Tensor]:
                shown = start + places.to(start)[:, None, None, None] * direction
                found = gradient(probe, shown, unit, at.expand(len(places), 2))
                return found.activations, found.attribution

            found = integrate(slopes, direction, share=COMPLETE, most=_MOST, batch=self.batch)
            attributions.append(found.gradient * direction)
            steps.append(found.steps)
        return torch.stack(attributions), steps

    def remarks(self, probe: Probe, unit: Unit, found: Explained) -> Sequence[str]:
        """Of integrated gradients the steps and how far they are from adding up; of SmoothGrad where it sees others."""
        if self.kind == "smoothgrad":
            zero = int(((found.activations == 0) & found.attribution.flatten(1).any(1)).sum())
            where = f"on {zero} of {len(found.activations)} pictures the unit's activation is 0"
            return [f"{where}: the map is of the noisy ones near by"] if zero else []
        if self.kind != "integrated" or not bool(found.attribution.any()):
            return ()
        with torch.no_grad():
            start = probe.respond(self._start(probe, found.attribution[:1]), [unit.layer])[unit.layer][:, unit.index]
        there = activation_at(start.expand(len(found.positions), -1, -1), found.positions)
        wanted = (found.activations - there).double()
        total = found.attribution.double().sum((1, 2, 3))
        shares = torch.where(wanted != 0, total / wanted, 1.0)  # without a difference there is nothing to add up to
        worst = float(shares[(shares - 1).abs().argmax()])
        least, most = int(found.steps.min()), int(found.steps.max())
        many = f"{least}" if least == most else f"{least} to {most}"
        if abs(worst - 1) <= COMPLETE * _ROUNDING:
            return (
                [] if self.steps else [f"integrated in {many} steps, to within 0.1 % of the difference of activation"]
            )
        said = f"{100 * worst:.1f} % of the difference of activation from the baseline on the worst picture"
        more = "leave out --steps (steps=None) to go on until they add up" if self.steps else "no more steps are made"
        return [f"the attributions add up to {said}, after {many} steps; {more}"]

    def _start(self, probe: Probe, inputs: Tensor) -> Tensor:
        """The baseline, prepared; of the inputs' shape."""
        if self.baseline == "mean":
            return torch.zeros_like(inputs)
        shade = torch.full((len(inputs), 3, *inputs.shape[2:]), _LIGHT[self.baseline])
        with torch.no_grad():
            return probe.prepared(shade)
