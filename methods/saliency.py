"""Saliency: the pixels that a unit's activation hangs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

import torch
from torch import Tensor

from methods.attribution import Attribution
from methods.errors import InputError
from methods.gradient import Explained, Positions, gradient, peaks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from methods.probe import Probe
    from methods.unit import Unit

Kind = Literal["gradient", "smoothgrad", "input", "integrated"]
Baseline = Literal["black", "grey", "white", "mean"]

_GAP = 0.02  # the share of the difference of activation from which on a gap is worth a note
_LIGHT: dict[str, float] = {"black": 0.0, "grey": 0.5, "white": 1.0}


@dataclass(frozen=True, kw_only=True)
class Saliency(Attribution):
    """The gradient of a unit's activation with respect to the picture, and three refinements of it.

    ``"gradient"``: w = d a / d x (Simonyan, Vedaldi and Zisserman 2014, section 3, equation 4); the map is
    max |w| over the colours (section 3.1).

    ``"smoothgrad"``: the mean gradient of the picture with noise added (Smilkov et al. 2017, "SmoothGrad", section 3).

    ``"input"``: gradient x input, w * x, of the prepared input (Shrikumar et al. 2016, "Not just a black box").

    ``"integrated"``: (x - b) times the integral of the gradient along the line from a baseline b to x (Sundararajan,
    Taly and Yan 2017, equation 1), by Gauss-Legendre quadrature as captum does it. It adds up to a(x) - a(b), as far as
    the steps suffice: the gradient of a rectifier network jumps along the line, and fifty steps can leave a few
    percent, which the result's notes then say.

    The position that is explained is found on the picture itself, and kept for what is made of it. Units of any layer
    are explained, class logits among them; the network runs only as far as the unit's layer.

    Args:
        kind: which.
        samples: noisy copies of each picture, for SmoothGrad.
        noise: their standard deviation, as a share of the range of each prepared picture, for SmoothGrad. All pictures
            get the same noise, drawn with the seed.
        steps: of the integral.
        baseline: where the integral begins: a picture of one shade, or ``"mean"``, the one that is zero once prepared.

    Raises:
        InputError: a setting that makes no sense; and what :class:`~methods.attribution.Attribution` raises.
    """

    name: ClassVar[str] = "saliency"
    title: ClassVar[str] = "Saliency"
    shows: ClassVar[str] = "What it sees of a photograph, and how much each pixel there matters to it."

    kind: Kind = "gradient"
    samples: int = 50
    noise: float = 0.15
    steps: int = 50
    baseline: Baseline = "black"

    def __post_init__(self) -> None:
        super().__post_init__()
        if min(self.samples, self.steps) < 1 or not 0 <= self.noise < float("inf"):
            raise InputError(
                f"samples and steps are 1 or more and the noise 0 or more, "
                f"not {self.samples}, {self.steps} and {self.noise}"
            )
        if self.kind not in get_args(Kind) or self.baseline not in get_args(Baseline):
            raise InputError(
                f"kind is one of {', '.join(get_args(Kind))} and baseline one of {', '.join(get_args(Baseline))}; "
                f"not {self.kind!r} and {self.baseline!r}"
            )

    def of_inputs(self, probe: Probe, inputs: Tensor, unit: Unit, positions: Positions | None) -> Explained:
        """Explain some prepared pictures."""
        if self.kind in {"gradient", "input"}:
            found = super().of_inputs(probe, inputs, unit, positions)
            return found if self.kind == "gradient" else found._replace(attribution=found.attribution * inputs)
        with torch.no_grad():
            maps = probe.respond(inputs, [unit.layer])[unit.layer][:, unit.index]
        at = peaks(maps) if positions is None else positions.to(maps.device)
        activations = maps[torch.arange(len(maps), device=maps.device), at[:, 0], at[:, 1]]
        make = self._smoothed if self.kind == "smoothgrad" else self._integrated
        return Explained(make(probe, inputs, unit, at), activations, at)

    def _smoothed(self, probe: Probe, inputs: Tensor, unit: Unit, positions: Positions) -> Tensor:
        generator = torch.Generator().manual_seed(self.seed)
        width = self.noise * (inputs.amax((1, 2, 3), keepdim=True) - inputs.amin((1, 2, 3), keepdim=True))
        total = torch.zeros_like(inputs)
        for _ in range(self.samples):
            noise = torch.randn(inputs.shape[1:], generator=generator).to(inputs)
            total += gradient(probe, inputs + width * noise, unit, positions).attribution
        return total / self.samples

    def _integrated(self, probe: Probe, inputs: Tensor, unit: Unit, positions: Positions) -> Tensor:
        from captum.attr import IntegratedGradients  # heavy, and only this kind needs it

        def activation(inputs: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
            maps = probe.respond(inputs, [unit.layer])[unit.layer]
            return maps[torch.arange(len(maps), device=maps.device), unit.index, rows, columns]

        with torch.inference_mode(mode=False), torch.enable_grad():
            found: Tensor = IntegratedGradients(activation).attribute(
                inputs.clone(),
                self._start(probe, inputs),
                additional_forward_args=(positions[:, 0], positions[:, 1]),
                n_steps=self.steps,
                internal_batch_size=max(self.batch, len(inputs)),
            )
        return found.detach()

    def remarks(self, probe: Probe, unit: Unit, found: Explained) -> Sequence[str]:
        """How far integrated gradients are from adding up to the difference of activation."""
        if self.kind != "integrated":
            return ()
        with torch.no_grad():
            start = probe.respond(self._start(probe, found.attribution[:1]), [unit.layer])[unit.layer][0, unit.index]
        wanted = found.activations - start[found.positions[:, 0], found.positions[:, 1]]
        total = found.attribution.sum((1, 2, 3))
        shares = torch.where(wanted != 0, total / wanted, 1.0)  # without a difference there is nothing to add up to
        worst = shares[(shares - 1).abs().argmax()]
        if abs(worst - 1) <= _GAP:
            return ()
        share = f"{100 * float(worst):.0f} % of the difference of activation from the baseline on the worst picture"
        return [f"the attributions add up to {share}, an error of {self.steps} steps; more steps bring them closer"]

    def _start(self, probe: Probe, inputs: Tensor) -> Tensor:
        """The baseline, prepared; of the inputs' shape."""
        if self.baseline == "mean":
            return torch.zeros_like(inputs)
        shade = torch.full((len(inputs), 3, *inputs.shape[2:]), _LIGHT[self.baseline])
        with torch.no_grad():
            return probe.prepared(shade)
