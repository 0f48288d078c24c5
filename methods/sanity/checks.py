"""Checks of a unit's explanations: which kinds of map there are, and what each is worth."""

from __future__ import annotations

import itertools
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import torch
from torch import Tensor

from visualize.methods.attribution.result import strength
from visualize.methods.attribution.saliency import Saliency
from visualize.methods.errors import InputError
from visualize.methods.pictures.scan import not_finite, stacked
from visualize.methods.registry import table
from visualize.methods.sanity.deletion_insertion import Removal, area
from visualize.methods.sanity.weight_randomization import cascade, rank_correlation, steps
from visualize.methods.together import number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.methods.network.probe import Probe
    from visualize.methods.network.receptive_field.field import Window
    from visualize.methods.progress import Progress
    from visualize.methods.provenance import Json
    from visualize.methods.together import Batch
    from visualize.methods.top_images.result import TopResult
    from visualize.methods.unit import Unit


RANDOM = "random"  # the name of the map that the others are compared with
_RANDOM_MAPS = 4  # for each picture, whose curves are averaged
Line = tuple[float | None, ...]


@runtime_checkable
class Attributes(Protocol):
    """Method whose maps are checked: one that can attribute."""

    def attribute(
        self, probe: Probe, pictures: Tensor, target: Unit, positions: Sequence[tuple[int, int]] | None = None
    ) -> Tensor:
        """Maps of pictures, N x 3 x H x W in 0..1 to N x C x H x W.

        :meth:`visualize.methods.attribution.method.Attribution.attribute` describes the arguments.
        """


@dataclass(frozen=True)
class MapCheck:
    """Worth of one kind of map for one unit, averaged over the pictures.

    Args:
        name: the name of the kind.
        correlations: for each step of the cascade the rank correlation with the map of the network as it is, of every
            colour's value with its sign; None where every map was blank.
        absolute: for each step the rank correlation of absolute values, the largest over the colours.
        between: the rank correlation of absolute values of maps of different pictures, by the network as it is: what
            their common shape alone gives. None where no two show the same part of the receptive field.
        blank: for each step, how many maps were blank and so are left out.
        deletion: the deletion curve, levels + 1 values; empty where the unit is off on every picture.
        insertion: the insertion curve, levels + 1 values; empty where the unit is off on every picture.
    """

    name: str
    correlations: Line
    absolute: Line
    between: float | None
    blank: tuple[int, ...]
    deletion: tuple[float, ...]
    insertion: tuple[float, ...]

    def facts(self) -> dict[str, Json]:
        """Numbers by name; the curves as the areas under them."""
        return {
            "correlations": list(self.correlations),
            "absolute": list(self.absolute),
            "between": self.between,
            "blank": list(self.blank),
            "deletion": _area(self.deletion),
            "insertion": _area(self.insertion),
        }


def explainers(seed: int, batch: int) -> dict[str, Attributes]:
    """Methods that make every kind of map, by the name that it is shown with.

    Args:
        seed: of everything random in them.
        batch: pictures in one run of the network.
    """
    methods: dict[str, Attributes] = {
        "gradient": Saliency(seed=seed, batch=batch),
        "gradient x input": Saliency(seed=seed, batch=batch, kind="input"),
        "integrated": Saliency(seed=seed, batch=batch, kind="integrated", steps=8),
        "SmoothGrad": Saliency(seed=seed, batch=batch, kind="smoothgrad", samples=8),
    }
    for name, method in table().items():
        if method.explains and name != Saliency.name:
            explainer = method(seed=seed)
            if isinstance(explainer, Attributes):
                methods[name] = explainer
    return methods


class Settings(Protocol):
    """Settings that the checks need."""

    @property
    def cascade(self) -> int:
        """Largest number of steps that weights are shuffled in."""

    @property
    def seed(self) -> int:
        """Seed of random weights and random maps."""

    @property
    def levels(self) -> int:
        """Number of steps of the curves."""

    @property
    def batch(self) -> Batch:
        """Pictures in one run of the network, as a number."""


class Subject:
    """Unit, and the pictures that it is explained on.

    Args:
        probe: the network.
        top: the unit's top images.
        count: how many of them, the best first.
    """

    def __init__(self, probe: Probe, top: TopResult, count: int) -> None:
        self.top, self.unit, self.layer = top, top.unit, probe.layer(top.unit.layer)
        self.many = min(count, len(top.indices))
        self.files = top.files[: self.many]
        self.positions = top.positions[: self.many]
        loaded = stacked([top.picture(place) for place in range(self.many)])
        self.pictures = loaded.float().div(255).to(probe.device)
        shape = (self.pictures.shape[2], self.pictures.shape[3])
        self.windows = [self.layer.window(position, shape) for position in self.positions]
        self.corners = [
            self._corner(position, seen) for position, seen in zip(self.positions, self.windows, strict=True)
        ]

    def _corner(self, position: tuple[int, int], seen: Window) -> tuple[int, int]:
        """Place in the receptive field where the window begins, for the picture's border may cut the field."""
        top, left, _, _ = self.layer.local.span(*position) if self.layer.local else (0, 0, 0, 0)
        return seen[0] - top, seen[1] - left

    def removal(self, probe: Probe, place: int, settings: Settings) -> Removal:
        """Deletion and insertion of the pixels of one picture."""
        return Removal(
            probe,
            self.layer,
            self.unit.index,
            self.pictures[place].cpu(),
            self.positions[place],
            levels=settings.levels,
            batch=number(settings.batch),
        )

    def random(self, place: int, seed: int) -> list[Tensor]:
        """Maps of noise for one picture, 1 x h x w each."""
        top, left, bottom, right = self.windows[place]
        generator = torch.Generator().manual_seed(seed + zlib.crc32(self.files[place].encode()))
        return [torch.rand(1, bottom - top, right - left, generator=generator) for _ in range(_RANDOM_MAPS)]

    def whole(self, part: Tensor, place: int) -> Tensor:
        """Map of the whole picture, H x W, from that of what the position sees, h x w."""
        top, left, bottom, right = self.windows[place]
        whole = part.new_zeros(self.pictures.shape[2:])
        whole[top:bottom, left:right] = part
        return whole

    def on(self, probe: Probe) -> int:
        """Number of pictures on which the unit is not off (0) at the explained position."""
        with torch.no_grad():
            maps = probe.activations(self.pictures, [self.unit.layer])[self.unit.layer][:, self.unit.index]
        return sum(float(unit_map[at]) != 0 for unit_map, at in zip(maps, self.positions, strict=True))

    def maps(self, probe: Probe, explainer: Attributes) -> list[Tensor]:
        """Maps of the pictures, cut to what each position sees: C x h x w, on the CPU."""
        maps = explainer.attribute(probe, self.pictures, self.unit, self.positions).detach().float().cpu()
        return [
            picture_map[:, top:bottom, left:right]
            for picture_map, (top, left, bottom, right) in zip(maps, self.windows, strict=True)
        ]

    def require_finite(self, maps: list[Tensor]) -> list[Tensor]:
        """Maps that :meth:`maps` gave, if they are finite.

        Raises:
            InputError: one is not; it names its picture.
        """
        for part, file in zip(maps, self.files, strict=True):
            if not bool(part.isfinite().all()):
                raise not_finite(self.unit.layer, file, "a gradient")
        return maps


class Bench:
    """Checks of one unit.

    Args:
        probe: the network.
        subject: the unit and its pictures.
        kinds: the methods that make its maps; those that cannot are listed in ``faults`` and left out.
        settings: those of the checks.

    Raises:
        InputError: no method can make a map.
    """

    def __init__(self, probe: Probe, subject: Subject, kinds: Mapping[str, Attributes], settings: Settings) -> None:
        self._probe, self._subject, self._settings = probe, subject, settings
        self._kinds, self.faults = dict(kinds), dict[str, InputError]()
        self._true: dict[str, list[Tensor]] = {}
        for name, kind in kinds.items():
            try:
                self._true[name] = subject.require_finite(subject.maps(probe, kind))
            except InputError as fault:
                self.faults[name] = fault
                del self._kinds[name]
        if not self._kinds:
            raise next(iter(self.faults.values()))
        self.down = steps(probe, subject.unit, subject.pictures, subject.positions, most=settings.cascade)

    def checks(self, progress: Progress) -> list[MapCheck]:
        """Check every kind of map; the last are random ones."""
        walk: dict[str, list[_Likeness]] = {name: [] for name in self._kinds}
        generator = torch.Generator().manual_seed(self._settings.seed)
        total = len(self.down) + 1
        for done, shuffled in enumerate(cascade(self._probe, self.down, generator, self._subject.on), 1):
            for name, kind in self._kinds.items():
                walk[name].append(_likeness(self._true[name], self._subject.maps(shuffled, kind)))
            progress(done, total)
        curves = self._curves(self._subject, self._true)
        progress(total, total)
        return [
            MapCheck(
                name=name,
                correlations=tuple(step.correlation for step in walk.get(name, ())),
                absolute=tuple(step.absolute for step in walk.get(name, ())),
                between=between(self._true[name], self._subject.corners) if name in self._true else None,
                blank=tuple(step.blank for step in walk.get(name, ())),
                deletion=curves[name][0],
                insertion=curves[name][1],
            )
            for name in (*self._kinds, RANDOM)
        ]

    def _curves(
        self, subject: Subject, maps: Mapping[str, Sequence[Tensor]]
    ) -> dict[str, tuple[tuple[float, ...], tuple[float, ...]]]:
        """Mean deletion and insertion curves over the pictures that excite the unit."""
        kinds = (*maps, RANDOM)
        sums = {name: torch.zeros(2, self._settings.levels + 1, dtype=torch.float64) for name in kinds}
        many = 0
        for place in range(subject.many):
            removal = subject.removal(self._probe, place, self._settings)
            if removal.clean <= 0:
                continue
            many += 1
            for name in kinds:
                drawn = subject.random(place, self._settings.seed) if name == RANDOM else [maps[name][place]]
                curves = [torch.stack(removal.curves(subject.whole(strength(part[None])[0], place))) for part in drawn]
                if not all(bool(curve.isfinite().all()) for curve in curves):
                    raise not_finite(subject.unit.layer, f"{subject.files[place]} with pixels removed")
                sums[name] += torch.stack(curves).mean(0)
        if not many:
            return dict.fromkeys(kinds, ((), ()))
        return {name: _pair(total / many) for name, total in sums.items()}


def _pair(curves: Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return tuple(curves[0].tolist()), tuple(curves[1].tolist())


@dataclass(frozen=True)
class _Likeness:
    """Likeness of the maps of one kind before and after a step, averaged over the pictures that have both."""

    correlation: float | None
    absolute: float | None
    blank: int


def _likeness(before: Sequence[Tensor], after: Sequence[Tensor]) -> _Likeness:
    pairs = list(zip(before, after, strict=True))
    signed = [rank_correlation(first, second) for first, second in pairs]
    return _Likeness(_mean(signed), _mean([_absolute(first, second) for first, second in pairs]), signed.count(None))


def _absolute(first: Tensor, second: Tensor) -> float | None:
    return rank_correlation(strength(first[None]), strength(second[None]))


def between(maps: Sequence[Tensor], corners: Sequence[tuple[int, int]]) -> float | None:
    """Mean rank correlation of maps of different pictures where they show the same part of the receptive field.

    Args:
        maps: C x h x w each, what the explained positions see.
        corners: (row, column) of the receptive field where each map begins.

    Returns:
        that of absolute values, -1..1; None where no two maps overlap, or all are blank.
    """
    correlations = []
    for (first, corner), (second, other) in itertools.combinations(zip(maps, corners, strict=True), 2):
        low = [max(at, to) for at, to in zip(corner, other, strict=True)]
        ends = zip(corner, first.shape[1:], other, second.shape[1:], strict=True)
        high = [min(at + size, to + length) for at, size, to, length in ends]
        if all(start < end for start, end in zip(low, high, strict=True)):
            parts = [
                whole[:, low[0] - row : high[0] - row, low[1] - column : high[1] - column]
                for whole, (row, column) in ((first, corner), (second, other))
            ]
            correlations.append(_absolute(*parts))
    return _mean(correlations)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _area(curve: Sequence[float]) -> float | None:
    return area(torch.tensor(curve, dtype=torch.float64)) if curve else None
