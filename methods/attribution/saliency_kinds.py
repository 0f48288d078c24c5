"""The kinds of saliency that take several gradients of each picture: SmoothGrad and integrated gradients."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

from visualize.methods.attribution.gradient import Explained, Positions, gradient, no_gradient, peaks
from visualize.methods.attribution.integrated_gradients import integrate
from visualize.methods.network import accelerator
from visualize.methods.network.activation import activation_at
from visualize.methods.pictures.batch_size import halved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.network.probe import Probe
    from visualize.methods.unit import Unit

_COMPLETE = 1e-3  # the share of the difference of activation that integrated gradients may lack
_MOST = 4000  # gradients of one picture in search of that
_ROUNDING = 1.01  # of sums of float32
_LIGHT: dict[str, float] = {"black": 0.0, "grey": 0.5, "white": 1.0}


class SaliencyKind(Protocol):
    """Kind of map that is made of several gradients."""

    def __call__(
        self, probe: Probe, inputs: Tensor, unit: Unit, positions: Positions
    ) -> tuple[Tensor, int | Sequence[int]]:
        """Maps of some prepared pictures, N x C x H x W, and how many gradients were made of each picture."""

    def remarks(self, probe: Probe, unit: Unit, explained: Explained) -> Sequence[str]:
        """Notes for a reader of a unit's maps."""


def explain(kind: SaliencyKind, probe: Probe, inputs: Tensor, unit: Unit, positions: Positions | None) -> Explained:
    """Explain some prepared pictures, N x C x H x W, at positions that are given or that are found on them."""
    with torch.no_grad():
        maps = probe.respond(inputs, [unit.layer])[unit.layer][:, unit.index]
    at = peaks(maps) if positions is None else positions.to(maps.device)
    attribution, steps = kind(probe, inputs, unit, at)
    return Explained(attribution, activation_at(maps, at), at, torch.as_tensor(steps).expand(len(at)))


@dataclass(frozen=True, kw_only=True)
class SmoothGrad:
    """Mean gradient of a picture with noise added (Smilkov et al. 2017, section 3).

    Args:
        samples: noisy copies of each picture.
        noise: their standard deviation, as a share of the picture's range.
        seed: of the noise, which all pictures share.
    """

    samples: int
    noise: float
    seed: int

    def __call__(self, probe: Probe, inputs: Tensor, unit: Unit, positions: Positions) -> tuple[Tensor, int]:
        """Mean gradients over the noisy copies, and how many copies there are."""
        generator = torch.Generator().manual_seed(self.seed)
        width = self.noise * (inputs.amax((1, 2, 3), keepdim=True) - inputs.amin((1, 2, 3), keepdim=True))
        total = torch.zeros_like(inputs)
        for _ in range(self.samples):
            noise = accelerator.sent(torch.randn(inputs.shape[1:], generator=generator), inputs.device).to(inputs.dtype)
            total += gradient(probe, inputs + width * noise, unit, positions).attribution
        return total / self.samples, self.samples

    def remarks(self, probe: Probe, unit: Unit, explained: Explained) -> Sequence[str]:  # noqa: ARG002 (a kind's signature)
        """Note on how many pictures the unit is off, so that the map is of noisy copies alone."""
        zero = int(((explained.activations == 0) & explained.attribution.flatten(1).any(1)).sum())
        where = f"on {zero} of {len(explained.activations)} pictures the unit's activation is 0"
        return [f"{where}: the map is of the noisy ones near by"] if zero else []


@dataclass(frozen=True, kw_only=True)
class IntegratedGradients:
    """Gradient integrated along a line from a baseline to the picture (Sundararajan et al. 2017, equation 1).

    Args:
        baseline: the picture that the line begins at: black, grey, white, or mean (zero once prepared).
        steps: how many, by captum's quadrature; None makes as many as each picture takes to add up.
        batch: pictures in one run of the network.
    """

    baseline: str
    steps: int | None
    batch: int

    def __call__(
        self, probe: Probe, inputs: Tensor, unit: Unit, positions: Positions
    ) -> tuple[Tensor, int | Sequence[int]]:
        """Difference from the baseline times the mean gradient along the line, and the steps."""
        try:
            return self._integrated(probe, inputs, unit, positions)
        except torch.OutOfMemoryError:
            if self.batch <= (1 if self.steps is None else len(inputs)):  # only fewer pictures would help
                raise
        return replace(self, batch=halved(self.batch, probe.device))(probe, inputs, unit, positions)

    def _integrated(
        self, probe: Probe, inputs: Tensor, unit: Unit, positions: Positions
    ) -> tuple[Tensor, int | Sequence[int]]:
        if self.steps is None:
            return self._completed(probe, inputs, unit, positions)
        return self._quadrature(probe, inputs, unit, positions, self.steps), self.steps

    def _quadrature(self, probe: Probe, inputs: Tensor, unit: Unit, positions: Positions, steps: int) -> Tensor:
        """Maps by the number of steps that is asked for."""
        from captum.attr import IntegratedGradients as Quadrature  # heavy, and only this kind needs it

        def activation(inputs: Tensor, at: Positions) -> Tensor:
            maps = probe.respond(inputs, [unit.layer])[unit.layer]
            if inputs.requires_grad and not maps.requires_grad:
                raise no_gradient(unit)
            return activation_at(maps[:, unit.index], at)

        with torch.inference_mode(mode=False), torch.enable_grad():
            attribution: Tensor = Quadrature(activation).attribute(
                inputs.clone(),
                self._start(probe, inputs),
                additional_forward_args=(positions,),
                n_steps=steps,
                internal_batch_size=max(self.batch, len(inputs)),
            )
        return attribution.detach()

    def _completed(self, probe: Probe, inputs: Tensor, unit: Unit, positions: Positions) -> tuple[Tensor, list[int]]:
        """Maps by as many steps as each picture takes, and how many these are."""
        start = self._start(probe, inputs[:1])[0]
        attributions, steps = [], []
        for picture, at in zip(inputs, positions, strict=True):
            direction = picture - start

            def slopes(places: Tensor, at: Tensor = at, direction: Tensor = direction) -> tuple[Tensor, Tensor]:
                shown = start + places.to(start)[:, None, None, None] * direction
                explained = gradient(probe, shown, unit, at.expand(len(places), 2))
                return explained.activations, explained.attribution

            integral = integrate(slopes, direction, share=_COMPLETE, most=_MOST, batch=self.batch)
            attributions.append(integral.gradient * direction)
            steps.append(integral.steps)
        return torch.stack(attributions), steps

    def _start(self, probe: Probe, inputs: Tensor) -> Tensor:
        """Prepared baseline, in the inputs' shape."""
        if self.baseline == "mean":
            return torch.zeros_like(inputs)
        shade = torch.full((len(inputs), 3, *inputs.shape[2:]), _LIGHT[self.baseline])
        with torch.no_grad():
            return probe.prepared(shade)

    def remarks(self, probe: Probe, unit: Unit, explained: Explained) -> Sequence[str]:
        """Note on how many steps were made, and how far the maps are from adding up."""
        if not bool(explained.attribution.any()):
            return ()
        with torch.no_grad():
            start = probe.respond(self._start(probe, explained.attribution[:1]), [unit.layer])[unit.layer]
        there = activation_at(start[:, unit.index].expand(len(explained.positions), -1, -1), explained.positions)
        wanted = (explained.activations - there).double()
        total = explained.attribution.double().sum((1, 2, 3))
        shares = torch.where(wanted != 0, total / wanted, 1.0)  # without a difference there is nothing to add up to
        worst = float(shares[(shares - 1).abs().argmax()])
        least, most = int(explained.steps.min()), int(explained.steps.max())
        many = f"{least}" if least == most else f"{least} to {most}"
        if abs(worst - 1) <= _COMPLETE * _ROUNDING:
            return (
                [] if self.steps else [f"integrated in {many} steps, to within 0.1 % of the difference of activation"]
            )
        share = f"{100 * worst:.1f} % of the difference of activation from the baseline on the worst picture"
        more = "leave out --steps (steps=None) to go on until they add up" if self.steps else "no more steps are made"
        return [f"the attributions add up to {share}, after {many} steps; {more}"]
