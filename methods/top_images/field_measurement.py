"""Measurement of the empirical receptive field: occlude, run, average."""

from __future__ import annotations

import math
import zlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from visualize.methods.errors import InputError
from visualize.methods.progress import silent
from visualize.methods.top_images.empirical_field import EmpiricalField
from visualize.methods.top_images.occlusion import Occluder, Occlusions, Spot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from visualize.methods.network.layer import Layer
    from visualize.methods.network.probe import Probe
    from visualize.methods.progress import Progress
    from visualize.methods.top_images.result import TopResult


def empirical_fields(
    probe: Probe,
    tops: Sequence[TopResult],
    *,
    count: int = 3,
    occluder: Occluder | None = None,
    level: float = 0.5,
    progress: Progress = silent,
) -> list[EmpiricalField]:
    """Measure the empirical receptive fields of units on their top images.

    Zhou, Khosla, Lapedriza, Oliva and Torralba 2015, "Object detectors emerge in deep scene CNNs", section 3.2: small
    squares of random pixels (11 pixels wide, at every third pixel: about 5,000 a picture) are put over each of a unit's
    top images, one at a time; how far the activation at the peak falls makes the picture's discrepancy map; the maps
    are shifted so that the peaks' receptive fields lie on one another, and averaged. What the paper leaves open is
    decided so: rises count as no fall; a pixel's value is the mean over the occluders that cover it, and, of the
    pictures, over those in which it lies; pixels that lie in fewer than half of the pictures are left out; the field is
    where the average reaches ``level`` of its largest value; its size is the square root of its area.

    The numbers are those of running every occluded picture whole. Run is less: occluders that a peak's theoretical
    receptive field does not touch are skipped, for they change nothing; of the picture, only what the field sees is
    run, cut so that neither padding nor the steps of any layer change; and units with the same picture share runs where
    that is cheaper.

    Args:
        probe: the network.
        tops: the units' top images, as :class:`~visualize.methods.top_images.method.TopImages` found them with this
            probe.
        count: how many pictures of each unit are occluded, the best first.
        occluder: what is slid over them; by default the paper's.
        level: the part of the largest drop from which on a pixel belongs to the field, above 0, at most 1.
        progress: told as the work goes on.

    Returns:
        one field for each of ``tops``.

    Raises:
        InputError: a number that makes no sense, or a unit without any top image.
    """
    if count < 1 or not 0 < level <= 1:
        raise InputError(f"count is 1 or more and level lies above 0, up to 1; not {count} and {level}")
    empty = next((top.unit for top in tops if not top.indices), None)
    if empty is not None:
        raise InputError(f"{empty} has no top image to occlude")
    work = _Work(probe, occluder or Occluder(), count, progress)
    all_maps = work.maps(tops)
    return [_field(probe, top, maps, level) for top, maps in zip(tops, all_maps, strict=True)]


@dataclass(frozen=True)
class _Map:
    """Discrepancy map of one picture.

    Args:
        index: the place of the picture in its set.
        position: (row, column) of the peak on the unit's map.
        drops: H x W, float64, 0 or more: how far the activation falls where a pixel is covered.
        covered: H x W, which pixels any occluder covers.
        occlusions: how many places of the occluder were run.
        places: how many places there are.
    """

    index: int
    position: tuple[int, int]
    drops: Tensor
    covered: Tensor
    occlusions: int
    places: int


@dataclass
class _Work:
    """Occlusions of many units' top images, picture by picture."""

    probe: Probe
    occluder: Occluder
    count: int
    progress: Progress
    done: int = 0
    total: int = 0

    def maps(self, tops: Sequence[TopResult]) -> list[list[_Map]]:
        """Maps of the best pictures of each unit, the best first."""
        pictures: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for number, top in enumerate(tops):
            for place, index in enumerate(top.indices[: self.count]):
                pictures[index].append((number, place))
        rows, columns = self.occluder.places(self.probe.prepare.size)
        each = len(rows) * len(columns)
        self.total = each * sum(map(len, pictures.values()))
        maps: dict[tuple[int, int], _Map] = {}
        for asked in pictures.values():
            maps |= self._picture(tops, asked)
            self._tell(len(maps) * each - self.done)
        return [
            [maps[number, place] for place in range(min(self.count, len(top.indices)))]
            for number, top in enumerate(tops)
        ]

    def _tell(self, more: int) -> None:
        if more > 0:
            self.done = min(self.done + more, self.total)
            self.progress(self.done, self.total)

    def _picture(self, tops: Sequence[TopResult], asked: Sequence[tuple[int, int]]) -> dict[tuple[int, int], _Map]:
        """Maps of one picture for every unit that has it among its best."""
        number, place = asked[0]
        occlusions = self._occlusions(tops[number], place)
        maps = {}
        layers = dict.fromkeys(tops[number].unit.layer for number, _ in asked)
        for layer in map(self.probe.layer, layers):
            of_layer = [(number, place) for number, place in asked if tops[number].unit.layer == layer.name]
            spots = [_spot(tops[number], place) for number, place in of_layer]
            for (number, place), drops in zip(of_layer, occlusions.drops(layer, spots), strict=True):
                maps[number, place] = self._map(tops[number], place, drops)
        return maps

    def _occlusions(self, top: TopResult, place: int) -> Occlusions:
        """Occlusions of one picture; the noise depends on the picture's name alone."""
        picture = torch.from_numpy(top.picture(place).copy()).permute(2, 0, 1).float() / 255
        generator = torch.Generator().manual_seed(zlib.crc32(top.files[place].encode()))
        noise = torch.rand(picture.shape, generator=generator)
        return Occlusions(self.probe, picture, self.occluder, noise, tell=self._tell)

    def _map(self, top: TopResult, place: int, drops: Tensor) -> _Map:
        mean, covered = self.occluder.spread(drops.nan_to_num().clamp(min=0), self.probe.prepare.size)
        run = int((~drops.isnan()).sum())
        return _Map(top.indices[place], top.positions[place], mean, covered, run, drops.numel())


def _spot(top: TopResult, place: int) -> Spot:
    return Spot(top.unit.index, top.positions[place], top.activations[place], float(top.maps[place].abs().max()))


def _field(probe: Probe, top: TopResult, maps: Sequence[_Map], level: float) -> EmpiricalField:
    """Shift maps so that their peaks' fields lie on one another, and average them."""
    layer = probe.layer(top.unit.layer)
    firsts, size = _frames(layer, [picture_map.position for picture_map in maps], probe.prepare.size)
    totals, counts = torch.zeros(size, dtype=torch.float64), torch.zeros(size, dtype=torch.long)
    for first, picture_map in zip(firsts, maps, strict=True):
        there, here = zip(
            *(_overlap(f, n, m) for f, n, m in zip(first, picture_map.drops.shape, size, strict=True)), strict=True
        )
        totals[here] += picture_map.drops[there]
        counts[here] += picture_map.covered[there]
    drops = torch.where(2 * counts >= len(maps), totals / counts.clamp(min=1), 0)
    rows, columns = ((2 * counts >= len(maps)).any(1 - axis).nonzero().flatten() for axis in (0, 1))
    kept = (slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1))
    return EmpiricalField(
        unit=top.unit,
        drops=drops[kept],
        counts=counts[kept],
        indices=tuple(picture_map.index for picture_map in maps),
        theoretical=None if layer.field is None or layer.field.whole else layer.field,
        level=level,
        occlusions=sum(picture_map.occlusions for picture_map in maps),
        places=sum(picture_map.places for picture_map in maps),
    )


def _frames(
    layer: Layer, positions: Sequence[tuple[int, int]], shape: tuple[int, int]
) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """Beginning, in each picture, of the frame that maps are averaged in, and the frame's (height, width).

    The frame is the theoretical field where that is sure; else it has the peak's place in the middle and room for all
    of the picture around it.
    """
    if layer.local is not None:
        return [layer.local.span(*position)[:2] for position in positions], layer.local.size
    firsts = []
    for position in positions:
        nominal = [
            (at + 0.5) * length / many - 0.5 for at, length, many in zip(position, shape, layer.map_size, strict=True)
        ]
        firsts.append((math.floor(nominal[0] + 0.5) - shape[0] + 1, math.floor(nominal[1] + 0.5) - shape[1] + 1))
    return firsts, (2 * shape[0] - 1, 2 * shape[1] - 1)


def _overlap(first: int, length: int, size: int) -> tuple[slice, slice]:
    """Pixels that an axis of a picture and one of a frame have in common, counted along either.

    Args:
        first: the pixel of the picture at which the frame begins.
        length: the picture's.
        size: the frame's.
    """
    low, high = max(0, first), min(length, first + size)
    return slice(low, high), slice(low - first, high - first)
