"""Gradient ascent on a batch of pictures, changed step by step until each excites its unit."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from kornia.losses import total_variation
from torch import Tensor

from visualize.methods.ascent.network_pass import NetworkPass, in_one_go
from visualize.methods.ascent.objective import Objective, likeness
from visualize.methods.ascent.result import AscentResult
from visualize.methods.network.rectifiers.override import rectified
from visualize.methods.network.rectifiers.reach import last_rectifiers
from visualize.methods.network.rectifiers.rules import ORDINARY
from visualize.methods.network.run.way_back import way_back
from visualize.methods.optimization.adam import Adam
from visualize.methods.optimization.parametrization import written
from visualize.methods.optimization.schedule import half_cosine
from visualize.methods.pictures.scan import gradient_not_finite
from visualize.methods.progress import share
from visualize.methods.unit import layers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from visualize.methods.ascent.network_pass import Pass
    from visualize.methods.ascent.objective import Kind
    from visualize.methods.ascent.views import View
    from visualize.methods.network.colours import Colours
    from visualize.methods.network.precision import Arithmetic
    from visualize.methods.progress import Progress
    from visualize.methods.provenance import Provenance
    from visualize.methods.unit import Target

_ONE_BY_ONE = "the steps were run operation by operation and not as a graph"
_LAST = 0.1  # the rate at the end, of that at the start


class Canvas:
    """The numbers under the pictures: how pictures are written as numbers, and the noise that each unit's begin as.

    Args:
        parametrisation: its name.
        size: (height, width) of the pictures.
        count: pictures of each unit.
        seed: of the noise.
        device: of the network.
        colours: of the pictures, in place of the parametrisation's own.
    """

    def __init__(
        self,
        parametrisation: str,
        size: tuple[int, int],
        *,
        count: int,
        seed: int,
        device: torch.device,
        colours: Colours | None = None,
    ) -> None:
        self.count = count
        self._size = size
        self._write = written(parametrisation, colours)
        # one by one, and apart from the views: a unit's first picture does not depend on how many it gets
        noise = torch.Generator().manual_seed(seed)
        self._start = torch.cat([self._write.start(1, size, noise) for _ in range(count)]).to(device)

    def numbers(self, units: int) -> Tensor:
        """Tensor to optimise, of ``units * count`` rows, those of one unit next to each other."""
        numbers: Tensor = self._start.repeat(units, *[1] * (self._start.dim() - 1)).requires_grad_()
        return numbers

    def pictures(self, numbers: Tensor) -> Tensor:
        """Pictures that numbers stand for: rows x 3 x H x W, RGB in 0..1, differentiable."""
        return self._write.pictures(numbers, self._size)


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Weights of what is held against pictures, besides that they do not excite their units.

    Args:
        l2: the weight of the mean squared distance from grey (0.5).
        tv: the weight of the mean total variation.
        diversity: the weight of the likeness of a unit's pictures, over all pairs.
    """

    l2: float
    tv: float
    diversity: float

    def of(self, pictures: Tensor, maps: Mapping[str, Tensor], objective: Objective, count: int) -> Iterator[Tensor]:
        """Costs of a batch, one number for each weight that is not zero.

        Args:
            pictures: rows x 3 x H x W.
            maps: of each layer, made of them.
            objective: which rows belong to which layer.
            count: rows of each unit.
        """
        if self.l2:
            yield self.l2 * (pictures - 0.5).square().flatten(1).mean(1).sum()
        if self.tv:
            yield self.tv * total_variation(pictures, reduction="mean").sum()
        if self.diversity and count > 1:
            for layer, layer_maps in maps.items():
                yield self.diversity * likeness(layer_maps[objective.rows(layer, layer_maps.device)], count)


@dataclass(frozen=True, kw_only=True)
class Climb:
    """Makes the pictures of a batch of units.

    Args:
        canvas: the pictures' numbers.
        views: how the pictures are seen at each step; there are as many steps.
        objective: how a unit's map becomes one value.
        rate: the step size at the start.
        costs: what is held against the pictures.
        arithmetic: of the network, in which the pictures are changed; they are measured as its probe computes.
        graph: have a GPU do the network's part of each step in one go.
    """

    canvas: Canvas
    views: Sequence[View]
    objective: Kind
    rate: float
    costs: Costs
    arithmetic: Arithmetic
    graph: bool = False

    def __call__(self, units: Sequence[Target], provenance: Provenance, progress: Progress) -> list[AscentResult]:
        """Change the pictures and measure them; units that are off at the start climb apart, those of a layer together.

        Args:
            units: whose pictures are optimised together.
            provenance: of the results.
            progress: told after every step.
        """
        # the same rectifiers hold all units of a layer back, and none of another's may be left out for them
        asleep = [layers([unit]) if dead else () for unit, dead in zip(units, self._dead(units), strict=True)]
        results: list[AscentResult] = []
        for woken in dict.fromkeys(asleep):
            group = [unit for unit, behind in zip(units, asleep, strict=True) if behind == woken]
            steps = (many * len(self.views) for many in (len(results), len(group), len(units)))
            numbers, curves, notes = self._climb(group, share(progress, *steps), wake=bool(woken))
            made = self._results(group, numbers, curves, provenance, woken=bool(woken))
            results += [replace(result, notes=(*result.notes, *notes)) for result in made]
        order = {result.unit: result for result in results}
        return [order[unit] for unit in units]

    def _objective(self, units: Sequence[Target]) -> Objective:
        return Objective(units, self.canvas.count, self.objective)

    def _dead(self, units: Sequence[Target]) -> list[bool]:
        """Which units get no gradient from the noise that they start with."""
        numbers = self.canvas.numbers(len(units))
        objective = self._objective(units)
        values, _ = objective(self._maps(self.canvas.pictures(numbers), objective))
        if not values.requires_grad:
            return [True] * len(units)
        (gradient,) = torch.autograd.grad(values.sum(), numbers)
        return [not reached for reached in gradient.reshape(len(units), -1).any(1).tolist()]

    def _maps(self, pictures: Tensor, objective: Objective) -> dict[str, Tensor]:
        return self.arithmetic.probe.activations(pictures, objective.layers)

    def _rough(self, pictures: Tensor, objective: Objective) -> dict[str, Tensor]:
        whole = self.costs.diversity and self.canvas.count > 1  # pictures are then told apart by all units
        return self.arithmetic.activations(pictures, objective.layers, None if whole else objective.units)

    def _climb(
        self, units: Sequence[Target], progress: Progress, *, wake: bool
    ) -> tuple[Tensor, Tensor, tuple[str, ...]]:
        """Numbers at the end, peaks at every step (rows x steps), and a sentence on a graph that there is none of."""
        objective = self._objective(units)
        numbers = self.canvas.numbers(len(units))
        optimiser = Adam(numbers)
        asleep = self._behind(numbers, objective) if wake else frozenset()
        at_once, notes = self._at_once(numbers, objective, wake=wake)
        peaks = []
        for step, view in enumerate(self.views):
            if at_once is None:
                gradient, peak = self._gradient(view, numbers, objective, asleep)
            else:
                gradient, peak = self._gradient_at_once(view, numbers, objective, at_once)
            if gradient is not None:
                optimiser.step(gradient, self.rate * half_cosine(step / len(self.views), _LAST))
            peaks.append(peak)
            progress(step + 1, len(self.views))
        return numbers.detach(), torch.stack(peaks, 1).float().cpu(), notes

    def _at_once(self, numbers: Tensor, objective: Objective, *, wake: bool) -> tuple[Pass | None, tuple[str, ...]]:
        """The network's part of a step as a GPU does it in one go, or a sentence on why it does not."""
        if not self.graph:
            return None, ()
        seen = self.views[0](self.canvas.pictures(numbers)).detach().contiguous()
        at_once, reason = in_one_go(NetworkPass(self.arithmetic, objective), seen)
        if wake or self.costs.diversity:
            at_once, reason = None, "rectifiers are raised" if wake else "diversity is read from maps"
        return at_once, () if reason is None else (f"{_ONE_BY_ONE}: {reason}",)

    def _gradient_at_once(
        self, view: View, numbers: Tensor, objective: Objective, at_once: Pass
    ) -> tuple[Tensor, Tensor]:
        """Gradient and peaks as :meth:`_gradient` gives them, with the network's part done in one go."""
        pictures = self.canvas.pictures(numbers)
        seen = view(pictures)
        slope, peaks = at_once(seen.detach())
        costs = list(self.costs.of(pictures, {}, objective, self.canvas.count))
        ends, pulls = [seen, *costs], [slope, *map(torch.ones_like, costs)]
        (gradient,) = torch.autograd.grad(ends, numbers, pulls)
        return gradient, peaks.clone()

    def _behind(self, numbers: Tensor, objective: Objective) -> frozenset[int]:
        """Rectifiers that hold units back which get no gradient."""
        pictures = self.canvas.pictures(numbers)
        self._rough(pictures.detach(), objective)  # the first run of layers tries them twice, which must not be counted
        with rectified(ORDINARY):
            maps = self._rough(pictures, objective)
        return last_rectifiers(maps.values())

    def _gradient(
        self, view: View, numbers: Tensor, objective: Objective, left_out: frozenset[int]
    ) -> tuple[Tensor | None, Tensor]:
        """Gradient of what falls as the pictures get better, if there is one, and the pictures' peaks."""
        pictures = self.canvas.pictures(numbers)
        with rectified(None, left_out=left_out) if left_out else nullcontext():
            maps = self._rough(view(pictures), objective)
        pulls, peaks = objective.pull(maps)
        ends = [(maps[layer], -pull) for layer, pull in pulls.items()]
        costs = self.costs.of(pictures, maps, objective, self.canvas.count)
        ends += [(cost, torch.ones_like(cost)) for cost in costs]
        ends = [(end, pull) for end, pull in ends if end.requires_grad]
        if not ends:
            return None, peaks
        outputs, pulled = zip(*ends, strict=True)
        gradient = way_back(outputs, numbers, pulled)
        return gradient, peaks

    def _results(
        self, units: Sequence[Target], numbers: Tensor, curves: Tensor, provenance: Provenance, *, woken: bool
    ) -> list[AscentResult]:
        """Clean pictures and the activations that they reach, the best of each unit first."""
        objective, count = self._objective(units), self.canvas.count
        with torch.no_grad():
            begun = self.canvas.numbers(len(units)).detach()
            lost = ~numbers.isfinite().flatten(1).all(1)
            if bool(lost.any()):
                numbers = torch.where(lost.view(-1, *[1] * (numbers.dim() - 1)), begun, numbers)
            pictures = self.canvas.pictures(numbers)
            _, reached = objective(self._maps(pictures, objective))
            _, start = objective(self._maps(self.canvas.pictures(begun), objective))
        lost |= ~reached.isfinite()
        pictures, reached, start, lost = (tensor.cpu() for tensor in (pictures, reached, start, lost))
        results = []
        for number, unit in enumerate(units):
            rows = slice(number * count, (number + 1) * count)
            self._require_some(unit, lost[rows], curves[rows])
            order = torch.argsort(reached[rows], descending=True, stable=True)
            results.append(
                AscentResult(
                    unit=unit,
                    provenance=provenance,
                    notes=(
                        *self._notes(unit, moved=bool((reached[rows] > start[rows]).any()), woken=woken),
                        *_lost(unit, lost[rows]),
                        *self.arithmetic.notes,
                    ),
                    pictures=pictures[rows][order],
                    curve=_held(curves[rows][order]),
                    activations=tuple(reached[rows][order].tolist()),
                )
            )
        return results

    def _notes(self, unit: Target, *, moved: bool, woken: bool) -> tuple[str, ...]:
        if not moved and not self._leads(unit):
            return (f"{unit} could not be moved: no gradient leads from it to the picture, as in a quantised network",)
        if not moved:
            return (f"{unit} could not be moved: no change to the picture raised its activation",)
        if woken:
            raised = "what its last rectifier is given was raised instead"
            return (f"{unit} was off and passed no gradient at the start: {raised}",)
        return ()

    def _leads(self, unit: Target) -> bool:
        """Whether a gradient of a unit, be it zero, leads to the picture."""
        objective = self._objective([unit])
        values, _ = objective(self._maps(self.canvas.pictures(self.canvas.numbers(1)), objective))
        return values.requires_grad

    def _require_some(self, unit: Target, lost: Tensor, curves: Tensor) -> None:
        """Stop where nothing is left of any of a unit's pictures."""
        if bool(lost.all()):
            first = max(1, int(curves.isfinite().sum(1).max()))
            raise gradient_not_finite(f"{unit} at step {first} of {len(self.views)}", "no picture of it is left")


def _lost(unit: Target, lost: Tensor) -> list[str]:
    many = int(lost.sum())
    if not many:
        return []
    return [f"{many} of {len(lost)} pictures of {unit} met a gradient that is not finite, and are shown as they began"]


def _held(curves: Tensor) -> Tensor:
    """Curves that keep their last finite value where they are not finite."""
    if bool(curves.isfinite().all()):
        return curves
    curves = curves.clone()
    for step in range(1, curves.shape[1]):
        curves[:, step] = torch.where(curves[:, step].isfinite(), curves[:, step], curves[:, step - 1])
    return curves.nan_to_num(0.0)
