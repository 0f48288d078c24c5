"""Gradient ascent: the picture that excites a unit most."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

import torch
from kornia.losses import total_variation
from torch import Tensor

from methods.ascent.objective import Objective, likeness
from methods.ascent.result import AscentResult
from methods.ascent.transforms import Robustness, View
from methods.method import Method, Needs
from methods.network.rectifiers.override import rectified
from methods.network.rectifiers.reach import last_rectifiers
from methods.network.rectifiers.rules import ORDINARY
from methods.optimization.parametrization import BY_NAME, Parametrisation
from methods.optimization.schedule import half_cosine
from methods.settings import setting
from methods.unit import parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from methods.network.probe import Probe
    from methods.pictures.images import Images
    from methods.progress import Progress
    from methods.unit import Target

_LAST = 0.1  # the rate at the end, of that at the start


@dataclass(frozen=True, kw_only=True)
class GradientAscent(Method):
    """Change a picture of noise, step by step, into one that excites a unit as much as possible.

    Erhan, Bengio, Courville and Vincent 2009, "Visualizing higher-layer features of a deep network":
    x* = argmax a_u(x); class pictures with an L2 term as in Simonyan, Vedaldi and Zisserman 2014, equation 1; the
    Fourier basis, decorrelated colours, transformation robustness and the diversity term as in Olah, Mordvintsev and
    Schubert 2017.

    A unit that is off at the start, behind a rectifier that passes no gradient, climbs on what that rectifier is given;
    the result's notes say so, and say it too if the unit could not be moved at all.

    Raises:
        InputError: a number that makes no sense.
    """

    name: ClassVar[str] = "ascent"
    title: ClassVar[str] = "Gradient ascent"
    shows: ClassVar[str] = "Made from noise until this unit answers most strongly."
    needs: ClassVar[Needs] = Needs.NOTHING
    adds_units: ClassVar[bool] = True
    card_count: ClassVar[int | None] = 4
    advice: ClassVar[str] = """The pictures begin as noise. Beside each stands how strongly the unit answers to it.

    It needs no photographs.
    """
    examples: ClassVar[tuple[str, ...]] = ("ascent", "ascent --unit 3,53 --count 4", "ascent --steps 512 --size 160")

    steps: int = setting(256, least=1, help="Steps: more is slower and stronger.")
    count: int = setting(1, least=1, help="Pictures for each unit, each from other noise.")
    size: tuple[int, int] | None = setting(
        None, by_default="the network's", help="Height and width of the pictures, pixels."
    )
    rate: float = setting(0.1, above=0, unit="SIZE", help="The step size of the optimiser, Adam.")
    objective: Literal["channel", "peak"] = setting(
        "peak",
        help="What is made large: peak, the largest activation on the unit's map, or channel, its mean. "
        "A unit with a position has that position's activation as either.",
    )
    parametrisation: Literal["fourier", "pixels"] = setting(
        "fourier", help="What is optimised: fourier, the spectrum in decorrelated colours, or pixels."
    )
    robustness: Robustness = setting(factory=Robustness, help="The random views that the picture is seen through.")
    l2: float = setting(0.0, least=0, unit="WEIGHT", help="The weight of the mean squared distance from grey (0.5).")
    tv: float = setting(0.0, least=0, unit="WEIGHT", help="The weight of the mean total variation.")
    diversity: float = setting(
        0.0,
        least=0,
        unit="WEIGHT",
        help="The weight of the cosine similarity between the Gram matrices of a unit's pictures, over all pairs.",
    )
    batch: int = setting(
        8,
        least=1,
        option=False,
        help="Pictures that are optimised together; results do not depend on it beyond float rounding.",
    )

    def look(
        self,
        probe: Probe,
        units: Sequence[Target],
        images: Images | None,  # noqa: ARG002 (the interface of all methods; this one needs none)
        progress: Progress,
    ) -> list[AscentResult]:
        """Make the pictures, a batch of units at a time."""
        together = max(1, self.batch // self.count)
        results: list[AscentResult] = []
        for first in range(0, len(units), together):
            climb = _Climb(self, probe, units[first : first + together])
            results += climb.results(progress, first * self.steps, len(units) * self.steps)
        return results


class _Climb:
    """One batch of pictures on its way: ``count`` for each unit, a unit's own next to each other."""

    def __init__(self, method: GradientAscent, probe: Probe, units: Sequence[Target]) -> None:
        self._method = method
        self._probe = probe
        self._units = units
        self._size = method.size or probe.prepare.size
        self._write: Parametrisation = BY_NAME[method.parametrisation]()
        # one by one, and apart from the views: a unit's first picture does not depend on how many it gets
        noise = torch.Generator().manual_seed(method.seed)
        pictures = [self._write.start(1, self._size, noise) for _ in range(method.count)]
        self._start = torch.cat(pictures).to(probe.device)
        self._views = method.robustness.views(method.steps, self._size, torch.Generator().manual_seed(method.seed))

    def results(self, progress: Progress, before: int, total: int) -> list[AscentResult]:
        """Climb, and look at what was reached; units that are off climb by themselves, those of a layer together."""
        began = time.perf_counter()
        # the same rectifiers hold all units of a layer back, and none of another's may be left out for them
        asleep = [_layers(unit) if dead else () for unit, dead in zip(self._units, self._dead(), strict=True)]
        found: list[AscentResult] = []
        for layers in dict.fromkeys(asleep):
            group = [unit for unit, own in zip(self._units, asleep, strict=True) if own == layers]
            progress_here = _from(progress, before + len(found) * self._method.steps, total)
            wake = bool(layers)
            found += self._looked_at(group, *self._climb(group, wake=wake, progress=progress_here), woken=wake)
        seconds = (time.perf_counter() - began) / len(self._units)
        order = {
            result.unit: replace(result, provenance=self._method.provenance(self._probe, seconds)) for result in found
        }
        return [order[unit] for unit in self._units]

    def _dead(self) -> list[bool]:
        """Which units get no gradient from the noise that they start with."""
        numbers = self._numbers(len(self._units))
        objective = Objective(self._units, self._method.count, self._method.objective)
        values, _ = objective(self._maps(self._write.pictures(numbers, self._size), objective))
        if not values.requires_grad:
            return [True] * len(self._units)
        (gradient,) = torch.autograd.grad(values.sum(), numbers)
        of_unit = gradient.reshape(len(self._units), -1)
        return [not bool(one.any()) for one in of_unit]

    def _numbers(self, units: int) -> Tensor:
        numbers: Tensor = self._start.repeat(units, *[1] * (self._start.dim() - 1)).requires_grad_()
        return numbers

    def _maps(self, pictures: Tensor, objective: Objective) -> dict[str, Tensor]:
        return self._probe.activations(pictures, objective.layers)

    def _climb(self, units: Sequence[Target], *, wake: bool, progress: Callable[[int], None]) -> tuple[Tensor, Tensor]:
        """The numbers at the end, and the peaks at every step (rows x steps)."""
        method = self._method
        objective = Objective(units, method.count, method.objective)
        numbers = self._numbers(len(units))
        optimiser = torch.optim.Adam([numbers], lr=method.rate, fused=numbers.device.type in {"cpu", "cuda"})
        asleep = self._behind(numbers, objective) if wake else frozenset()
        peaks = []
        for step, view in enumerate(self._views):
            optimiser.param_groups[0]["lr"] = method.rate * half_cosine(step / method.steps, _LAST)
            gradient, peak = self._gradient(view, numbers, objective, asleep)
            if gradient is not None:
                numbers.grad = gradient.contiguous()  # the fused step takes both for equally laid out
                optimiser.step()
            peaks.append(peak)
            progress(len(units) * (step + 1))
        return numbers.detach(), torch.stack(peaks, 1).float().cpu()

    def _behind(self, numbers: Tensor, objective: Objective) -> frozenset[int]:
        """The rectifiers that hold units back which get no gradient."""
        pictures = self._write.pictures(numbers, self._size)
        self._maps(pictures.detach(), objective)  # the first run of layers tries them twice, which must not be counted
        with rectified(ORDINARY):
            maps = self._maps(pictures, objective)
        return last_rectifiers(maps.values())

    def _gradient(
        self, view: View, numbers: Tensor, objective: Objective, left_out: frozenset[int]
    ) -> tuple[Tensor | None, Tensor]:
        """The gradient of what falls as the pictures get better, if there is one, and their peaks."""
        pictures = self._write.pictures(numbers, self._size)
        with rectified(None, left_out=left_out) if left_out else nullcontext():
            maps = self._maps(view(pictures), objective)
        pulls, peaks = objective.pull(maps)
        ends = [(maps[layer], -pull) for layer, pull in pulls.items()]
        ends += [(cost, torch.ones_like(cost)) for cost in self._costs(pictures, maps, objective)]
        ends = [(end, pull) for end, pull in ends if end.requires_grad]
        if not ends:
            return None, peaks
        outputs, pulled = zip(*ends, strict=True)
        (gradient,) = torch.autograd.grad(outputs, numbers, pulled)
        return gradient, peaks

    def _costs(self, pictures: Tensor, maps: Mapping[str, Tensor], objective: Objective) -> Iterator[Tensor]:
        """What the settings hold against the pictures, besides that they do not excite their units."""
        method = self._method
        if method.l2:
            yield method.l2 * (pictures - 0.5).square().flatten(1).mean(1).sum()
        if method.tv:
            yield method.tv * total_variation(pictures, reduction="mean").sum()
        if method.diversity and method.count > 1:
            for layer, one in maps.items():
                yield method.diversity * likeness(one[objective.rows(layer)], method.count)

    def _looked_at(
        self, units: Sequence[Target], numbers: Tensor, curves: Tensor, *, woken: bool
    ) -> list[AscentResult]:
        """The clean pictures and what they reach, the best of each unit first."""
        objective = Objective(units, self._method.count, self._method.objective)
        with torch.no_grad():
            pictures = self._write.pictures(numbers, self._size)
            _, reached = objective(self._maps(pictures, objective))
            _, start = objective(
                self._maps(self._write.pictures(self._numbers(len(units)).detach(), self._size), objective)
            )
        results = []
        for number, unit in enumerate(units):
            own = slice(number * self._method.count, (number + 1) * self._method.count)
            order = torch.argsort(reached[own], descending=True, stable=True).cpu()
            results.append(
                AscentResult(
                    unit=unit,
                    provenance=self._method.provenance(self._probe, 0),
                    notes=_notes(unit, moved=bool((reached[own] > start[own]).any()), woken=woken),
                    pictures=pictures[own].cpu()[order],
                    curve=curves[own][order],
                    activations=tuple(reached[own].cpu()[order].tolist()),
                )
            )
        return results


def _layers(target: Target) -> tuple[str, ...]:
    return tuple(dict.fromkeys(unit.layer for unit in parts(target)))


def _from(progress: Progress, before: int, total: int) -> Callable[[int], None]:
    return lambda done: progress(before + done, total)


def _notes(unit: Target, *, moved: bool, woken: bool) -> tuple[str, ...]:
    if not moved:
        return (f"{unit} could not be moved: no change to the picture raised its activation",)
    if woken:
        return (
            f"{unit} was off and passed no gradient at the start: what its last rectifier is given was raised instead",
        )
    return ()
