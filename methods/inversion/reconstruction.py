"""Inversions of many pictures: those that share a layer together, each from one start or several."""

from __future__ import annotations

import enum
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from visualize.methods.inversion.optimizers import OPTIMISERS, Course, Goal
from visualize.methods.optimization.features import Features
from visualize.methods.pictures.batch_size import side_by_side
from visualize.methods.pictures.scan import gradient_not_finite, not_finite, stacked
from visualize.methods.progress import Progress, share

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from visualize.methods.network.precision import Arithmetic
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.images import Images


class Note(enum.Enum):
    """Reasons why an inversion says less than it seems to."""

    EMPTY = "all that was to be inverted is zero for {} of the {} inversions: there is nothing to come near to"
    UNREACHED = "no gradient leads from the layer to the picture, so that {} of the {} inversions stayed as they began"
    UNSOUND = "the gradient is not finite (NaN or infinite) for {} of the {} inversions, which are shown grey"
    DIVERGED = "the optimiser diverged for {} of the {} inversions, which are shown grey; lower rate, alpha or tv"


Job = tuple[Features, int]
"""Features that are inverted, and the number of the picture in the set."""


@dataclass(frozen=True)
class Inverted:
    """Inversions of one job, one for each start.

    Args:
        pictures: starts x 3 x H x W, RGB in 0..1, on the CPU.
        errors: the feature error of each; NaN where there is none.
        curve: starts x steps, the errors at the beginning of every step.
        note: why they say less than they seem to; None if they do not.
    """

    pictures: Tensor
    errors: tuple[float, ...]
    curve: Tensor
    note: Note | None


class Reconstruction:
    """Maker of inversions, a batch of rows at a time; the rows of a job lie next to each other.

    Args:
        arithmetic: of the network in a step; inversions are measured as its probe computes.
        images: the set.
        course: the optimiser's settings.
        optimiser: its name.
        starts: inversions of each picture.
        seed: draws the noise that they start from.
    """

    def __init__(
        self, arithmetic: Arithmetic, images: Images, course: Course, optimiser: str, *, starts: int, seed: int
    ) -> None:
        self._arithmetic, self._probe = arithmetic, arithmetic.probe
        self._images = images
        self._steps = course.steps
        self._starts = starts
        self._seed = seed
        mean = _mean_colour(self._probe.prepare).to(self._probe.device)
        self._optimise = OPTIMISERS[optimiser](course, mean, self._probe.prepare.size)

    def all(self, jobs: Sequence[Job], progress: Progress, *, batch: int) -> dict[Job, Inverted]:
        """Invert the pictures of all jobs; those of one layer share runs of the network.

        Args:
            jobs: each once.
            progress: told after each step.
            batch: pictures that are optimised together.

        Raises:
            InputError: a feature is not finite.
        """
        inversions: dict[Job, Inverted] = {}
        total = self._steps * len(jobs)
        for wanted in dict.fromkeys(wanted for wanted, _ in jobs):
            alike = [job for job in jobs if job[0] == wanted]

            ended = len(inversions)

            def made(first: int, last: int, alike: Sequence[Job] = alike, ended: int = ended) -> list[Inverted]:
                tell = share(progress, self._steps * (ended + first), self._steps * (last - first), total)
                return list(self._invert(alike[first:last], tell))

            together = max(1, batch // self._starts)
            for first, last, done in side_by_side(len(alike), together, made, self._probe.device):
                inversions |= zip(alike[first:last], done, strict=True)
        return inversions

    def _invert(self, jobs: Sequence[Job], progress: Progress) -> Iterator[Inverted]:
        starts, done = self._starts, itertools.count(1)
        loaded = [self._images.load(index, self._probe.prepare) for _, index in jobs]
        pictures = stacked(loaded).to(self._probe.device).float().div_(255)
        goal = Goal(self._probe, jobs[0][0], pictures.repeat_interleave(starts, 0), self._arithmetic)
        self._require_finite(goal, jobs)
        # drawn one after the other: the first start depends neither on how many there are nor on the pictures beside it
        noise = [generator for _ in jobs for generator in [torch.Generator().manual_seed(self._seed)] * starts]
        unclipped, course = self._optimise(goal, noise, lambda: progress(next(done), self._steps))
        whole = unclipped.isfinite().flatten(1).all(1)
        unsound = torch.zeros_like(whole) if goal.sound is None else ~goal.sound & ~whole
        self._require_some(unsound, jobs)
        shown = unclipped.clamp(0, 1).nan_to_num(0.5)
        errors = goal.distance(shown).sqrt()
        errors[goal.empty | ~whole] = torch.nan
        shown, errors, course = shown.float().cpu(), errors.cpu(), course.clamp(min=0).sqrt().float().cpu()
        for place in range(len(jobs)):
            rows = slice(place * starts, (place + 1) * starts)
            note = Note.EMPTY if bool(goal.empty[rows].any()) else None if goal.reached else Note.UNREACHED
            if not bool(whole[rows].all()):
                note = Note.UNSOUND if bool(unsound[rows].any()) else Note.DIVERGED
            yield Inverted(shown[rows], tuple(errors[rows].tolist()), course[rows], note)

    def _require_some(self, unsound: Tensor, jobs: Sequence[Job]) -> None:
        """Stop where no gradient of a batch was finite from the first step on."""
        if bool(unsound.all()):
            wanted, index = jobs[0]
            raise gradient_not_finite(f"{wanted[0].layer} for {self._images.file(index)}", "it cannot be inverted")

    def _require_finite(self, goal: Goal, jobs: Sequence[Job]) -> None:
        if not bool(goal.finite.all()):
            place = int((~goal.finite).nonzero()[0]) // self._starts
            wanted, index = jobs[place]
            raise not_finite(wanted[0].layer, self._images.file(index))


def notes(done: Sequence[Inverted]) -> list[str]:
    """Notes for a reader of some inversions."""
    many = sum(len(inverted.errors) for inverted in done)
    counts = {note: sum(len(inverted.errors) for inverted in done if inverted.note is note) for note in Note}
    return [note.value.format(count, many) for note, count in counts.items() if count]


def _mean_colour(preparation: Preparation) -> Tensor:
    """Mean colour that a preparation subtracts: R, G, B in 0..255."""
    mean = torch.tensor(preparation.mean) * 255 / preparation.maximum
    return mean.flip(0) if preparation.order == "BGR" else mean.expand(3).clone()
