"""Dreams of many pictures: those of one size that fit into a tile together, larger ones one by one."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from visualize.methods.dream.frames import Film
from visualize.methods.dream.octave_ascent import Dreaming, Uphill, dream
from visualize.methods.dream.starts import GREY, Starts
from visualize.methods.dream.tiling import ALIGNED, octaves
from visualize.methods.errors import InputError
from visualize.methods.optimization.features import Features
from visualize.methods.pictures.batch_size import side_by_side
from visualize.methods.pictures.scan import gradient_not_finite, not_finite

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from visualize.methods.network.precision import Arithmetic
    from visualize.methods.network.probe import Probe
    from visualize.methods.progress import Progress


Job = tuple[Features, int]
"""Features that are dreamed of, and the number of the picture, or noise, that the dream begins with."""


@dataclass(frozen=True)
class Dream:
    """Dream that one job led to.

    Args:
        start, picture: 3 x H x W, RGB in 0..1, on the CPU.
        before, after: how strongly they excite what is dreamed of.
        frames: F x h x w x 3, uint8, where they were asked for.
        asleep: what is dreamed of was off all over the picture at some step.
        moved: the picture differs from the start.
        spoilt: the gradient was not finite at some step.
    """

    start: Tensor
    picture: Tensor
    before: float
    after: float
    frames: Tensor | None
    asleep: bool
    moved: bool
    spoilt: bool = False


@dataclass(kw_only=True)
class Dreamer:
    """Maker of the dreams of many jobs.

    Args:
        arithmetic: of the network on the way up; dreams are measured as its probe computes.
        starts: the pictures that the dreams begin with.
        how: the settings of each dream.
        tile: the longest side that the network is shown at once, pixels.
        batch: pictures that are dreamed together where they fit into a tile.
        frames: how many are kept of each dream; 0 keeps none.
        seed: draws the shifts.
    """

    arithmetic: Arithmetic
    starts: Starts
    how: Dreaming
    tile: int
    batch: int
    frames: int
    seed: int
    _smaller: dict[tuple[int, int], bool] = field(default_factory=dict, init=False)

    @property
    def probe(self) -> Probe:
        """The network."""
        return self.arithmetic.probe

    @property
    def alone(self) -> list[tuple[int, int]]:
        """Sizes at which the network was shown pictures without smaller octaves, which it does not take."""
        return [size for size, taken in self._smaller.items() if not taken]

    def all(self, jobs: Sequence[Job], progress: Progress) -> dict[Job, Dream]:
        """Dream of all jobs; the work of a step grows with its picture.

        Raises:
            InputError: an activation is not finite, or what :meth:`Starts.size` raises.
        """
        groups = self._groups(jobs)
        work = [sum(self.how.steps * tall * wide for tall, wide in self._octaves(group)) for _, group in groups]
        total = sum(each * len(group) for each, (_, group) in zip(work, groups, strict=True))
        dreams: dict[Job, Dream] = {}
        ended = 0
        for each, (size, group) in zip(work, groups, strict=True):

            def made(
                first: int, last: int, *, each: int = each, group: Sequence[Job] = group, ended: int = ended
            ) -> list[Dream]:
                part = group[first:last]
                return self._dream(part, self._telling(part, progress, ended + each * first, total))

            together = self.batch if max(size) <= self.tile else 1
            for first, last, done in side_by_side(len(group), together, made, self.probe.device):
                dreams |= zip(group[first:last], done, strict=True)
            ended += each * len(group)
        return dreams

    def _groups(self, jobs: Sequence[Job]) -> list[tuple[tuple[int, int], list[Job]]]:
        """Jobs of the same layers and size, each group with that size."""
        alike: dict[tuple[tuple[str, ...], tuple[int, int]], list[Job]] = {}
        for job in jobs:
            layers = tuple(dict.fromkeys(part.layer for part in job[0]))
            alike.setdefault((layers, self.starts.size(job[1])), []).append(job)
        return [(size, group) for (_, size), group in alike.items()]

    def _octaves(self, batch: Sequence[Job]) -> list[tuple[int, int]]:
        """Sizes that pictures are dreamed at: their own alone for a network that takes no smaller ones."""
        wanted, index = batch[0]
        size = self.starts.size(index)
        sizes = octaves(size, self.how.octaves, self.how.scale)
        if len(sizes) > 1 and size not in self._smaller:
            self._smaller[size] = self._takes(sizes[0], wanted)
        return sizes if self._smaller.get(size, True) else [size]

    def _takes(self, size: tuple[int, int], wanted: Features) -> bool:
        blank = torch.full((1, 3, *size), GREY, device=self.probe.device)
        try:
            with torch.no_grad():
                self.probe.activations(blank, [part.layer for part in wanted])
        except InputError:
            return False
        return True

    def _telling(self, batch: Sequence[Job], progress: Progress, before: int, total: int) -> Callable[[], None]:
        steps = (len(batch) * tall * wide for tall, wide in self._octaves(batch) for _ in range(self.how.steps))
        done = itertools.accumulate(steps, initial=before)
        next(done)
        return lambda: progress(next(done), total)

    def _dream(self, jobs: Sequence[Job], tell: Callable[[], None]) -> list[Dream]:
        size, many = self.starts.size(jobs[0][1]), len(self._octaves(jobs))
        starts = torch.stack([self.starts.picture(index, size) for _, index in jobs]).to(self.probe.device)
        uphill = Uphill(
            self.probe,
            [wanted for wanted, _ in jobs],
            tile=self.tile,
            margin=self._margin(jobs[0][0]),
            arithmetic=self.arithmetic,
        )
        film = Film(self.frames, self.how.steps * many, size)
        before = uphill.strengths(starts)
        self._require_finite(before, jobs)
        film.keep(lambda: starts)

        def seen(pictures: Callable[[], Tensor]) -> None:
            film.keep(pictures)
            tell()

        generator = torch.Generator().manual_seed(self.seed)
        pictures = dream(starts, uphill, replace(self.how, octaves=many), generator, seen)
        after, moved = uphill.strengths(pictures), (pictures != starts).flatten(1).any(1).tolist()
        frames = film.frames()
        self._require_some(jobs, moved, uphill.spoilt)
        starts, pictures = starts.cpu(), pictures.cpu()
        return [
            Dream(
                starts[row], pictures[row], before[row], after[row], None if frames is None else frames[row],
                uphill.asleep[row], moved[row], uphill.spoilt[row],
            )
            for row in range(len(jobs))
        ]  # fmt: skip

    def _require_some(self, jobs: Sequence[Job], moved: Sequence[bool], spoilt: Sequence[bool]) -> None:
        """Stop where gradients that are not finite leave no picture of a batch changed."""
        if all(bad and not changed for bad, changed in zip(spoilt, moved, strict=True)):
            wanted, index = jobs[0]
            raise gradient_not_finite(
                f"{wanted[0].layer} for {self.starts.file(index)}", "nothing can be dreamed of it"
            )

    def _margin(self, wanted: Features) -> int:
        """Overlap of the tiles, pixels: as far as a position sees, within reason; the shifts hide what is left."""
        fields = [self.probe.layer(part.layer).field for part in wanted]
        widest = max((max(field.size) for field in fields if field), default=ALIGNED)
        return min(self.tile // 8, -(-widest // ALIGNED) * ALIGNED)

    def _require_finite(self, strengths: Sequence[float], jobs: Sequence[Job]) -> None:
        for strength, (wanted, index) in zip(strengths, jobs, strict=True):
            if not math.isfinite(strength):
                raise not_finite(wanted[0].layer, self.starts.file(index))


def notes(dreams: Sequence[Dream]) -> list[str]:
    """Notes for a reader of some dreams."""
    still = sum(not dream.moved and not dream.spoilt for dream in dreams)
    asleep, spoilt = sum(dream.asleep and dream.moved for dream in dreams), sum(dream.spoilt for dream in dreams)
    notes = []
    if asleep:
        notes.append(
            f"the unit was off all over {asleep} of {len(dreams)} pictures at some step: there the gradient was taken "
            f"through its rectifiers as if they leaked"
        )
    if still:
        notes.append(f"{still} of {len(dreams)} pictures could not be changed: no gradient leads back to them")
    if spoilt:
        notes.append(
            f"the gradient of {spoilt} of {len(dreams)} pictures was not finite (NaN or infinite) at some step, which "
            f"left them as they were"
        )
    return notes
