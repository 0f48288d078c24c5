"""DeepDream: a picture that shows more and more of what a unit, or a whole layer, finds in it."""

from __future__ import annotations

import itertools
import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from methods.dream.frames import Film
from methods.dream.octave_ascent import Dreaming, Uphill, dream
from methods.dream.result import DreamResult
from methods.dream.tiling import ALIGNED, octaves
from methods.errors import InputError
from methods.method import Export, Method, Needs
from methods.optimization.features import Features, Part, features
from methods.pictures.images import Measured, Stack
from methods.pictures.scan import not_finite
from methods.pictures.selection import SelectedPictures, choose
from methods.progress import Progress, silent
from methods.settings import setting
from methods.unit import parts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from methods.network.probe import Probe
    from methods.pictures.images import Images
    from methods.result import Result
    from methods.unit import Target


__all__ = ["DeepDream", "DreamResult"]

_WHOLE = 1000  # pieces that the work is told in
_CHOICE = 50  # of them, for choosing the pictures where that takes a scan
_GREY, _SPREAD = 0.5, 0.06  # of the noise that a dream can start from


@dataclass(frozen=True, kw_only=True)
class DeepDream(Method):
    """Push a photograph, or noise, step by step towards what a unit or a whole layer answers to.

    Mordvintsev, Olah and Tyka 2015, "Inceptionism: going deeper into neural networks", and the code published with it:
    gradient steps of equal size, octaves, random shifts. A whole layer enhances whatever it sees (its objective is half
    the sum of its squared activations); a unit, or several added, its own pattern (the sum of their maps). Dreams
    happen everywhere in a picture: the position of a unit serves to choose photographs alone.

    Pictures larger than a tile are dreamed tile by tile: memory does not grow with them, but for the pictures
    themselves. The tiles overlap, their gradients are brought to one scale together, and the shifts move their borders
    from step to step, so that no seams are left.

    Raises:
        InputError: a number that makes no sense; when it looks: no picture can be read, the network does not run on an
            octave's size, or ``size="own"`` for a set that does not know its pictures' sizes.
    """

    name: ClassVar[str] = "dream"
    title: ClassVar[str] = "DeepDream"
    shows: ClassVar[str] = "A photograph, changed step by step towards what the unit or layer answers to."
    needs: ClassVar[Needs] = Needs.IMAGES
    adds_units: ClassVar[bool] = True
    explains: ClassVar[bool] = True
    by_default: ClassVar[bool] = False
    advice: ClassVar[str] = (
        "Each photograph stands beside its dream. A large one is dreamed in tiles: memory does not grow with it."
    )
    examples: ClassVar[tuple[str, ...]] = (
        "dream --image photograph.jpg --layer conv4 --of layer --size own",
        "dream --from noise --unit 53 --size 256",
        "dream --image photograph.jpg --unit 53 --frames dream.webp",
    )
    exports: ClassVar[tuple[Export, ...]] = (
        Export(name="picture", help="Also write the first dream by itself, at its full size.", endings=(".png",)),
        Export(
            name="frames",
            help="Also write how the first dream comes about, as an animation.",
            endings=(".webp", ".gif"),
            settings={"frames": 32},
        ),
    )

    count: int = setting(3, least=1, help="Dreams for each unit: of a set, of those photographs that excite it most.")
    start: Literal["photograph", "noise"] = setting(
        "photograph", flag="--from", help="What it begins with: photograph, or noise, which needs no images."
    )
    of: Literal["unit", "layer"] = setting(
        "unit", help="What it is done for: unit (it alone, or those of a sum) or layer (all units of the unit's layer)."
    )
    steps: int = setting(10, least=1, help="Steps in each octave: more is slower and stronger.")
    octaves: int = setting(
        4,
        least=1,
        help="Sizes that are dreamed at, from coarse to fine. Those with a side below 64 pixels are left out, and all "
        "but the last for a network that takes pictures of one size alone, which the notes say.",
    )
    scale: float = setting(1.4, above=1, unit="FACTOR", help="From one of these sizes to the next.")
    rate: float = setting(0.006, above=0, unit="SIZE", help="The mean change of a pixel in one step, of 0 to 1.")
    jitter: int = setting(32, least=0, unit="PIXELS", help="The largest random shift.")
    size: tuple[int, int] | Literal["input", "own"] = setting(
        "input",
        help="Of the pictures: input (the network's), own (each photograph's), 224 for a square, or HEIGHTxWIDTH.",
    )
    tile: int = setting(512, least=128, unit="PIXELS", help="The longest side that the network is shown at once.")
    frames: int = setting(0, least=0, option=False, help="Frames of each dream, for an animation; 0, or 2 and more.")
    batch: int = setting(
        8, least=1, option=False, help="Pictures that are dreamed together where they fit into a tile."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.frames == 1:
            raise InputError("frames is 0, or 2 and more, not 1")
        if self.size == "own" and self.start == "noise":
            raise InputError("noise has no size of its own; give (height, width), or leave out size")

    @property
    def wants(self) -> Needs:
        """Images, but for dreams from noise."""
        return Needs.NOTHING if self.start == "noise" else self.needs

    def __call__(
        self,
        probe: Probe,
        units: Target | Sequence[Target],
        images: Images | None = None,
        *,
        progress: Progress = silent,
    ) -> tuple[Result, ...]:
        """Look at units, as every method does; from noise no images are needed, and those given are not looked at."""
        if self.start == "noise":
            images = Stack((), "noise")
        return super().__call__(probe, units, images, progress=progress)

    def look(
        self, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> list[DreamResult]:
        """Dream of the photographs of the set, of those that excite each unit most, or from noise."""
        if images is None:
            return []
        began = time.perf_counter()
        noise = self.start == "noise"
        before = _CHOICE if not noise and len(images) > self.count else 0
        if noise:
            choices = [SelectedPictures(images, tuple(range(self.count)))] * len(units)
        else:
            choices = choose(
                probe, units, images, count=self.count, batch=self.batch,
                progress=lambda done, total: progress(before * done // total, _WHOLE),
            )  # fmt: skip
        wanted = [_everywhere(features(target, whole=self.of == "layer")) for target in units]
        jobs = dict.fromkeys(
            (own, index) for own, choice in zip(wanted, choices, strict=True) for index in choice.indices
        )
        with torch.inference_mode(mode=False), torch.no_grad():
            night = _Night(self, probe, images)
            done = night.all(list(jobs), lambda now, all_: progress(before + (_WHOLE - before) * now // all_, _WHOLE))
        provenance = self.provenance(probe, (time.perf_counter() - began) / len(units))
        alone = [
            f"the network takes no smaller pictures than {tall} x {wide}: no octaves" for tall, wide in night.alone
        ]
        results = []
        for target, own, choice in zip(units, wanted, choices, strict=True):
            found = self._result(probe, target, images, choice, [done[own, i] for i in choice.indices])
            results.append(replace(found, provenance=provenance, notes=(*found.notes, *alone)))
        return results

    def _result(
        self, probe: Probe, target: Target, images: Images, choice: SelectedPictures, dreams: Sequence[_Dream]
    ) -> DreamResult:
        whole = self.of == "layer"
        layers = " + ".join(dict.fromkeys(unit.layer for unit in parts(target)))
        return DreamResult(
            unit=target,
            provenance=self.provenance(probe, 0),
            notes=(*choice.notes, *_notes(dreams)),
            of=layers if whole else str(target),
            whole=whole,
            files=() if self.start == "noise" else tuple(images.file(index) for index in choice.indices),
            starts=tuple(one.start for one in dreams),
            pictures=tuple(one.picture for one in dreams),
            before=tuple(one.before for one in dreams),
            after=tuple(one.after for one in dreams),
            frames=tuple(one.frames for one in dreams if one.frames is not None),
            broken=choice.broken,
        )


Job = tuple[Features, int]
"""What is dreamed of, and which picture of the set, or which noise, it begins with."""


@dataclass(frozen=True)
class _Dream:
    """What became of one job."""

    start: Tensor
    picture: Tensor
    before: float
    after: float
    frames: Tensor | None
    asleep: bool
    moved: bool


class _Night:
    """Dreams of many jobs: those of one size that fit into a tile together, larger ones one by one."""

    def __init__(self, method: DeepDream, probe: Probe, images: Images) -> None:
        self._method = method
        self._probe = probe
        self._images = images
        self._sizes: dict[int, tuple[int, int]] = {}
        self._smaller: dict[tuple[int, int], bool] = {}

    @property
    def alone(self) -> list[tuple[int, int]]:
        """The sizes at which the network was shown pictures without smaller octaves, which it does not take."""
        return [size for size, taken in self._smaller.items() if not taken]

    def all(self, jobs: Sequence[Job], progress: Progress) -> dict[Job, _Dream]:
        """Dream of them all; the work of a step grows with its picture."""
        batches = self._batches(jobs)
        work = [
            len(batch) * sum(self._method.steps * tall * wide for tall, wide in self._octaves(batch))
            for batch in batches
        ]
        found: dict[Job, _Dream] = {}
        for number, batch in enumerate(batches):
            tell = self._telling(batch, progress, sum(work[:number]), sum(work))
            found |= zip(batch, self._dream(batch, tell), strict=True)
        return found

    def _batches(self, jobs: Sequence[Job]) -> list[list[Job]]:
        alike: dict[tuple[tuple[str, ...], tuple[int, int]], list[Job]] = {}
        for job in jobs:
            layers = tuple(dict.fromkeys(part.layer for part in job[0]))
            alike.setdefault((layers, self._size(job)), []).append(job)
        batches = []
        for (_, size), own in alike.items():
            together = self._method.batch if max(size) <= self._method.tile else 1
            batches += [own[first : first + together] for first in range(0, len(own), together)]
        return batches

    def _size(self, job: Job) -> tuple[int, int]:
        size = self._method.size
        if not isinstance(size, str):
            return size
        if size == "input":
            return self._probe.prepare.size
        if not isinstance(self._images, Measured):
            raise InputError(f"{self._images.name} does not know its pictures' own sizes; give size=(height, width)")
        if job[1] not in self._sizes:
            self._sizes[job[1]] = self._images.size(job[1])
        return self._sizes[job[1]]

    def _octaves(self, batch: Sequence[Job]) -> list[tuple[int, int]]:
        """The sizes that pictures are dreamed at: their own alone for a network that takes no smaller ones."""
        size = self._size(batch[0])
        found = octaves(size, self._method.octaves, self._method.scale)
        if len(found) > 1 and size not in self._smaller:
            self._smaller[size] = self._takes(found[0], batch[0][0])
        return found if self._smaller.get(size, True) else [size]

    def _takes(self, size: tuple[int, int], wanted: Features) -> bool:
        blank = torch.full((1, 3, *size), _GREY, device=self._probe.device)
        try:
            with torch.no_grad():
                self._probe.activations(blank, [part.layer for part in wanted])
        except InputError:
            return False
        return True

    def _telling(self, batch: Sequence[Job], progress: Progress, before: int, total: int) -> Callable[[], None]:
        steps = (len(batch) * tall * wide for tall, wide in self._octaves(batch) for _ in range(self._method.steps))
        done = itertools.accumulate(steps, initial=before)
        next(done)
        return lambda: progress(next(done), total)

    def _dream(self, jobs: Sequence[Job], tell: Callable[[], None]) -> list[_Dream]:
        method, size = self._method, self._size(jobs[0])
        starts = torch.stack([self._start(index, size) for _, index in jobs]).to(self._probe.device)
        margin = self._margin(jobs[0][0])
        uphill = Uphill(self._probe, [wanted for wanted, _ in jobs], tile=method.tile, margin=margin)
        film = Film(method.frames, method.steps * len(self._octaves(jobs)), size)
        before = uphill.strengths(starts)
        self._require_finite(before, jobs)
        film.keep(lambda: starts)

        def seen(pictures: Callable[[], Tensor]) -> None:
            film.keep(pictures)
            tell()

        how = Dreaming(
            steps=method.steps, octaves=len(self._octaves(jobs)), scale=method.scale, rate=method.rate,
            jitter=method.jitter,
        )  # fmt: skip
        made = dream(starts, uphill, how, torch.Generator().manual_seed(method.seed), seen)
        after, moved = uphill.strengths(made), (made != starts).flatten(1).any(1).tolist()
        frames = film.frames()
        starts, made = starts.cpu(), made.cpu()
        return [
            _Dream(
                starts[row], made[row], before[row], after[row], None if frames is None else frames[row],
                uphill.asleep[row], moved[row],
            )
            for row in range(len(jobs))
        ]  # fmt: skip

    def _start(self, index: int, size: tuple[int, int]) -> Tensor:
        """A photograph at that size, or noise: 3 x H x W, in 0..1."""
        if self._method.start == "noise":
            generator = torch.Generator().manual_seed(self._method.seed)
            drawn = [torch.randn(3, *size, generator=generator) for _ in range(index + 1)][-1]
            return drawn.mul_(_SPREAD).add_(_GREY).clamp_(0, 1)
        prepare = self._probe.prepare
        if size != prepare.size:
            prepare = replace(prepare, size=size, resize=self._resize(index, size))
        picture = torch.from_numpy(np.array(self._images.load(index, prepare)))
        return picture.permute(2, 0, 1).float().div_(255)

    def _resize(self, index: int, size: tuple[int, int]) -> int | None:
        """What the shorter side is scaled to so that the picture keeps its shape and covers the size."""
        if not isinstance(self._images, Measured):
            return None
        tall, wide = self._images.size(index)
        return math.ceil(max(size[0] / tall, size[1] / wide) * min(tall, wide))

    def _margin(self, wanted: Features) -> int:
        """How far tiles overlap: as far as a position sees, within reason; the shifts hide what is left."""
        fields = [self._probe.layer(part.layer).field for part in wanted]
        widest = max((max(field.size) for field in fields if field), default=ALIGNED)
        return min(self._method.tile // 8, -(-widest // ALIGNED) * ALIGNED)

    def _require_finite(self, strengths: Sequence[float], jobs: Sequence[Job]) -> None:
        for strength, (wanted, index) in zip(strengths, jobs, strict=True):
            if not math.isfinite(strength):
                raise not_finite(wanted[0].layer, self._images.file(index))


def _everywhere(wanted: Features) -> Features:
    """The same features, whatever their position; each once."""
    return tuple(dict.fromkeys(Part(part.layer, part.units, None) for part in wanted))


def _notes(dreams: Sequence[_Dream]) -> list[str]:
    still, asleep = sum(not one.moved for one in dreams), sum(one.asleep and one.moved for one in dreams)
    notes = []
    if asleep:
        notes.append(
            f"the unit was off all over {asleep} of {len(dreams)} pictures at some step: there the gradient was taken "
            f"through its rectifiers as if they leaked"
        )
    if still:
        notes.append(f"{still} of {len(dreams)} pictures could not be changed: no gradient leads back to them")
    return notes
