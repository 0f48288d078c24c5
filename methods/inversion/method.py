"""Feature inversion: pictures that a layer, or some of its units, cannot tell from a given one."""

from __future__ import annotations

import enum
import itertools
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

import torch
from torch import Tensor

from methods.errors import InputError
from methods.inversion.optimizers import DEFAULTS, OPTIMISERS, Course, Goal
from methods.inversion.result import InversionResult
from methods.method import Method, Needs
from methods.optimization.features import Features, Part, features
from methods.pictures.scan import not_finite, stacked
from methods.pictures.selection import SelectedPictures, choose
from methods.settings import setting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from methods.network.preprocessing import Preparation
    from methods.network.probe import Probe
    from methods.pictures.images import Images
    from methods.progress import Progress
    from methods.unit import Target


_WHOLE = 1000  # pieces that the work is told in
_CHOICE = 50  # of them, for choosing the pictures where that takes a scan


@dataclass(frozen=True, kw_only=True)
class Inversion(Method):
    """Change noise until a layer answers to it as it does to a photograph: what is left is what the layer keeps.

    Mahendran and Vedaldi 2015, "Understanding deep image representations by inverting them", equations 2 to 5:
    x* = argmin ||Phi(x) - Phi_0||^2 / ||Phi_0||^2 + lambda_alpha R_alpha(x) + lambda_V R_V(x), with the alpha-norm
    (alpha = 6) and total variation (beta = 2) of z = 255 x - mean colour, divided by 2 sigma^2, as the paper scales
    them. Phi is a whole layer, or the chosen units of it: a unit, or several added ("conv5:79+conv5:3"). A unit with a
    position stands for the features at that position alone. Units of several layers are inverted together, the
    distances of their layers averaged.

    What differs between inversions from several starts is what the layer leaves open.

    Raises:
        InputError: a number that makes no sense; when it looks: no picture can be read, or a feature is not finite.
    """

    name: ClassVar[str] = "invert"
    title: ClassVar[str] = "Feature inversion"
    shows: ClassVar[str] = "Noise, changed until the layer answers to it as it does to the photograph."
    needs: ClassVar[Needs] = Needs.IMAGES
    adds_units: ClassVar[bool] = True
    explains: ClassVar[bool] = True
    by_default: ClassVar[bool] = False
    advice: ClassVar[str] = (
        "Each photograph stands before its inversions, along the layers that are named with --layers."
    )
    examples: ClassVar[tuple[str, ...]] = (
        "invert --image photograph.jpg --layer conv3",
        "invert --image photograph.jpg --layers conv1,conv3,conv5,fc6",
        "invert --image photograph.jpg --unit 53 --of unit --starts 3",
    )

    count: int = setting(3, least=1, help="Photographs for each unit: of a set, those that excite it most.")
    steps: int = setting(400, least=1, help="Steps of the optimiser: more is slower and better.")
    starts: int = setting(1, least=1, help="Inversions of each photograph, from different noise.")
    of: Literal["layer", "unit"] = setting(
        "layer", help="What is inverted: layer (all units of the unit's layer) or unit (it alone, or those of a sum)."
    )
    layers: tuple[str, ...] = setting(
        (),
        by_default="the unit's layer",
        help="Layers to invert one after the other, in place of the unit's own.",
    )
    optimiser: Literal["spectral", "paper"] = setting(
        "spectral",
        help="spectral (Adam on spectra in decorrelated colours, through rectifiers that leak at first), or paper "
        "(gradient descent with momentum on pixels, with the paper's steps, start and weights).",
    )
    rate: float | None = setting(
        None,
        above=0,
        unit="SIZE",
        by_default="0.07 for spectral, 0.004 for paper",
        help="The optimiser's step size.",
    )
    alpha: float | None = setting(
        None,
        least=0,
        unit="WEIGHT",
        by_default="0 for spectral, 8e-10 for paper",
        help="The weight of the alpha-norm. Pictures of spectral lie in 0 to 1 by their making.",
    )
    tv: float | None = setting(
        None,
        least=0,
        unit="WEIGHT",
        by_default="0.001 for spectral, 1 for paper",
        help="The weight of total variation. The paper took 1 for shallow layers, 10 in the middle, 100 for deep ones.",
    )
    batch: int = setting(
        8,
        least=1,
        option=False,
        help="Pictures that are optimised together; results do not depend on it beyond float rounding.",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.of == "unit" and self.layers:
            raise InputError("of='unit' inverts the unit itself; leave out layers, or choose of='layer'")

    @property
    def _course(self) -> Course:
        own = {name: getattr(self, name) for name in ("rate", "alpha", "tv")}
        given = {name: value for name, value in own.items() if value is not None}
        return Course(steps=self.steps, **(DEFAULTS[self.optimiser] | given))

    def look(
        self, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> list[InversionResult]:
        """Invert the photographs of the set, or those that excite each unit most."""
        if images is None:
            return []
        began = time.perf_counter()
        wanted = [self._wanted(probe, target) for target in units]
        before = _CHOICE if len(images) > self.count else 0
        choices = choose(
            probe, units, images, count=self.count, batch=self.batch,
            progress=lambda done, total: progress(before * done // total, _WHOLE),
        )  # fmt: skip
        jobs = list(
            dict.fromkeys(
                (own, index)
                for features_of, choice in zip(wanted, choices, strict=True)
                for index in choice.indices
                for own in features_of.values()
            )
        )
        with torch.inference_mode(mode=False), torch.enable_grad():
            done = _Work(self, probe, images).all(jobs, _rest(progress, before))
        results = [
            self._result(probe, target, images, choice, [done[own, i] for i in choice.indices for own in of.values()])
            for target, of, choice in zip(units, wanted, choices, strict=True)
        ]
        seconds = (time.perf_counter() - began) / len(units)
        named = [replace(one, layers=tuple(of)) for one, of in zip(results, wanted, strict=True)]
        return [replace(one, provenance=self.provenance(probe, seconds)) for one in named]

    def _wanted(self, probe: Probe, target: Target) -> dict[str, Features]:
        """What is inverted for a target, by the names that the figure gives it."""
        if self.layers:
            return {layer: (Part(probe.layer(layer).name, None, None),) for layer in self.layers}
        found = features(target, whole=self.of == "layer")
        if self.of == "unit":
            return {str(target): found}
        places = [part.layer + (f"@{part.position[0]},{part.position[1]}" if part.position else "") for part in found]
        return {" + ".join(places): found}

    def _result(
        self, probe: Probe, target: Target, images: Images, choice: SelectedPictures, done: Sequence[_Inverted]
    ) -> InversionResult:
        return InversionResult(
            unit=target,
            provenance=self.provenance(probe, 0),
            notes=(*choice.notes, *_notes(done)),
            images=images,
            preparation=probe.prepare,
            layers=(),
            starts=self.starts,
            indices=choice.indices,
            pictures=torch.cat([one.pictures for one in done]),
            errors=tuple(error for one in done for error in one.errors),
            curve=torch.cat([one.curve for one in done]),
            broken=choice.broken,
        )


class _Note(enum.Enum):
    """What a reader must know of an inversion."""

    EMPTY = "all that was to be inverted is zero for {} of the {} inversions: there is nothing to come near to"
    UNREACHED = "no gradient leads from the layer to the picture, so that {} of the {} inversions stayed as they began"
    DIVERGED = "the optimiser diverged for {} of the {} inversions, which are shown grey; lower rate, alpha or tv"


Job = tuple[Features, int]
"""What is inverted, and of which picture of the set."""


@dataclass(frozen=True)
class _Inverted:
    """The inversions of one job, one for each start."""

    pictures: Tensor
    errors: tuple[float, ...]
    curve: Tensor
    note: _Note | None


class _Work:
    """Inverts pictures, a batch of rows at a time; the rows of a job lie next to each other."""

    def __init__(self, method: Inversion, probe: Probe, images: Images) -> None:
        self._method = method
        self._probe = probe
        self._images = images
        course = method._course  # noqa: SLF001 (its own)
        mean = _mean_colour(probe.prepare).to(probe.device)
        self._optimise = OPTIMISERS[method.optimiser](course, mean, probe.prepare.size)

    def all(self, jobs: Sequence[Job], progress: Progress) -> dict[Job, _Inverted]:
        """Invert them all; those of one layer share runs of the network."""
        method = self._method
        together = max(1, method.batch // method.starts)
        batches = []
        for wanted in dict.fromkeys(wanted for wanted, _ in jobs):
            own = [job for job in jobs if job[0] == wanted]
            batches += [own[first : first + together] for first in range(0, len(own), together)]
        found: dict[Job, _Inverted] = {}
        total = method.steps * len(jobs)
        for batch in batches:
            before = method.steps * len(found)
            found |= zip(batch, self._invert(batch, _steps(progress, before, len(batch), total)), strict=True)
        return found

    def _invert(self, jobs: Sequence[Job], tell: Callable[[], None]) -> Iterator[_Inverted]:
        starts = self._method.starts
        loaded = [self._images.load(index, self._probe.prepare) for _, index in jobs]
        pictures = stacked(loaded).to(self._probe.device).float().div_(255)
        goal = Goal(self._probe, jobs[0][0], pictures.repeat_interleave(starts, 0))
        self._require_finite(goal, jobs)
        # drawn one after the other: the first start depends neither on how many there are nor on the pictures beside it
        noise = [generator for _ in jobs for generator in [torch.Generator().manual_seed(self._method.seed)] * starts]
        made, course = self._optimise(goal, noise, tell)
        whole = made.isfinite().flatten(1).all(1)
        shown = made.clamp(0, 1).nan_to_num(0.5)
        errors = goal.distance(shown).sqrt()
        errors[goal.empty | ~whole] = torch.nan
        shown, errors, course = shown.float().cpu(), errors.cpu(), course.clamp(min=0).sqrt().float().cpu()
        for place in range(len(jobs)):
            own = slice(place * starts, (place + 1) * starts)
            note = _Note.EMPTY if bool(goal.empty[own].any()) else None if goal.reached else _Note.UNREACHED
            note = note if bool(whole[own].all()) else _Note.DIVERGED
            yield _Inverted(shown[own], tuple(errors[own].tolist()), course[own], note)

    def _require_finite(self, goal: Goal, jobs: Sequence[Job]) -> None:
        if not bool(goal.finite.all()):
            place = int((~goal.finite).nonzero()[0]) // self._method.starts
            wanted, index = jobs[place]
            raise not_finite(wanted[0].layer, self._images.file(index))


def _notes(done: Sequence[_Inverted]) -> list[str]:
    many = sum(len(one.errors) for one in done)
    counts = {note: sum(len(one.errors) for one in done if one.note is note) for note in _Note}
    return [note.value.format(count, many) for note, count in counts.items() if count]


def _mean_colour(preparation: Preparation) -> Tensor:
    """The mean colour that a preparation subtracts: R, G, B in 0..255."""
    mean = torch.tensor(preparation.mean) * 255 / preparation.maximum
    return mean.flip(0) if preparation.order == "BGR" else mean.expand(3).clone()


def _rest(progress: Progress, before: int) -> Progress:
    """Tell of the work after ``before`` of all pieces."""
    return lambda done, total: progress(before + (_WHOLE - before) * done // total, _WHOLE)


def _steps(progress: Progress, before: int, rows: int, total: int) -> Callable[[], None]:
    """What is called after each step of a batch of so many jobs."""
    steps = itertools.count(1)
    return lambda: progress(before + next(steps) * rows, total)
