"""How well the answers of an axis fit rows, columns, or the tokens of a grid."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool1d

from visualize.methods.network.axes import Grid, patch_grid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from visualize.methods.network.layout.occlusion import Block

_EXTRA = 16  # tokens that belong to no patch, at most
_GUESSED = (0, 1, 2, 4, 5)  # where no layer of the network has a map of a fitting size: class, distillation, registers
_MOST = 0.75  # of the pictures must bear a reading out
_FEWEST = 3  # patches are no grid
_WIDTH = 0.12  # of a bump, relative to its axis
_TINY = 1e-30
_FEW = 8  # places of an axis, of which the strongest change must be the very one
_NEAR = 0.06  # of an axis, by which the strongest change may miss a block
_BINS = 64  # that the answers along a long axis are put into

Size = tuple[int, int]
Peaks = list[set[int]]


@dataclass
class Scene:
    """The pictures that were shown, and in which cell of a grid each change was seen.

    Args:
        shape: (height, width) of the input.
        blocks: what was changed, one block in each picture.
        sizes: (rows, columns) of maps that the network has, whose patches sequences may have.
        cells: the cell of each block on grids of these sizes, as a layer with such a map showed it.
        grids: grids of sequences that were read before, by their lengths.
        complete: whether no more pictures will be shown.
    """

    shape: Size
    blocks: Sequence[Block]
    sizes: list[Size]
    cells: dict[Size, list[Size]] = field(default_factory=dict)
    grids: dict[int, list[Grid]] = field(default_factory=dict)
    complete: bool = True

    def places(self) -> tuple[Tensor, Tensor]:
        """Middles of the blocks, as parts of the height and of the width, each of M values."""
        rows = [(block.top + block.side / 2) / self.shape[0] for block in self.blocks]
        columns = [(block.left + block.side / 2) / self.shape[1] for block in self.blocks]
        return torch.tensor(rows, dtype=torch.float64), torch.tensor(columns, dtype=torch.float64)

    def note_grid(self, length: int, grid: Grid) -> None:
        """Keep the grid of a sequence of that length."""
        grids = self.grids.setdefault(length, [])
        if grid not in grids:
            grids.append(grid)

    def cells_of(self, size: Size) -> list[Size]:
        """The cell of each block on a grid: the one that was seen, or else the one that the block lies in."""
        seen = self.cells.get(size, [])
        rest = self.blocks[len(seen) :]
        return seen + [(block.top * size[0] // self.shape[0], block.left * size[1] // self.shape[1]) for block in rest]


@dataclass(frozen=True)
class Likeness:
    """How much the answers along an axis move with the places of the blocks.

    Args:
        correlation: with bumps at the places: 1 for single peaks there, around 0 for what has nothing to do with them.
        size: of the movement along with the bumps, by that of the bumps.
        movement: how far the answers differ between pictures at all, by the same measure.
    """

    correlation: float
    size: float
    movement: float

    @property
    def rank(self) -> float:
        """Which of several axes follows the places best: what moves a little by chance comes last."""
        return self.correlation * math.sqrt(min(1.0, max(0.0, self.size)))


def likeness(answers: Tensor, places: Tensor) -> Likeness:
    """Compare the answers along an axis with bumps that lie where the blocks do.

    Args:
        answers: M x length, sums of squared changes.
        places: M values in 0..1.
    """
    answers = adaptive_avg_pool1d(answers, min(answers.shape[1], _BINS))
    length = answers.shape[1]
    middles = (torch.arange(length, dtype=torch.float64) + 0.5) / length
    width = max(_WIDTH, 0.5 / length)

    def bumps(at: Tensor) -> Tensor:
        return torch.exp(-0.5 * ((middles - at[:, None]) / width).square())

    strength = answers.sqrt()
    strength = strength / strength.sum(1, keepdim=True).clamp(min=_TINY)
    kernel = bumps(middles)
    smooth = strength @ (kernel / kernel.sum(1, keepdim=True))
    wanted = bumps(places)
    wanted = wanted / wanted.sum(1, keepdim=True)
    smooth, wanted = smooth - smooth.mean(0), wanted - wanted.mean(0)
    product = float((smooth * wanted).sum())
    own, other = float(smooth.norm()), float(wanted.norm())
    if own * other < _TINY:
        return Likeness(0, 0, 0)
    return Likeness(product / (own * other), product / other**2, own / other)


def peaks(answers: Tensor) -> Peaks:
    """For each picture the index that changed most, and the one that changed most by what it does in other pictures."""
    share = answers / answers.sum(1, keepdim=True).clamp(min=_TINY)
    others = (share.sum(0) - share) / max(1, len(share) - 1)
    relative = share / (others + 0.05 * share.mean()).clamp(min=_TINY)
    return [{int(one), int(two)} for one, two in zip(share.argmax(1), relative.argmax(1), strict=True)]


def hits(size: Size, rows: Peaks, columns: Peaks, scene: Scene) -> float:
    """The share of pictures whose strongest change lies in the row and the column of the block, as near as maps are.

    Args:
        size: lengths of the two axes.
        rows: the peaks of the axis that may be rows.
        columns: those of the axis that may be columns.
        scene: what was changed.
    """
    near = [max(1.0, _NEAR * length) if length > _FEW else 0 for length in size]  # or any place of few would be near
    seen = zip(rows, columns, scene.cells_of(size), strict=True)
    return sum(
        any(abs(peak - row) <= near[0] for peak in tall) and any(abs(peak - column) <= near[1] for peak in wide)
        for tall, wide, (row, column) in seen
    ) / len(scene.blocks)


@dataclass(frozen=True)
class Match:
    """A grid, and the part of the pictures whose strongest change lies on the token that the grid has for the block."""

    grid: Grid
    share: float


def matches(answers: Tensor, scene: Scene) -> Iterator[Match]:
    """The grids that a sequence of tokens may have, each with the share of pictures that bear it out."""
    length, seen = answers.shape[1], peaks(answers)
    for size, extra in _candidates(length, scene):
        cells = scene.cells_of(size)
        for down in (False, True):
            order = [column * size[0] + row if down else row * size[1] + column for row, column in cells]
            offsets = [{peak - place for peak in tops} for place, tops in zip(order, seen, strict=True)]
            for front in range(extra + 1):
                hits = sum(front in offset for offset in offsets) / len(offsets)
                if hits and not _elsewhere(offsets, front, extra):
                    yield Match(Grid(size, scene.shape, front, extra - front, down=down), hits)
            for place, share in _gaps(order, offsets, extra):
                yield Match(Grid(size, scene.shape, middle=(place, extra), down=down), share)


def _candidates(length: int, scene: Scene) -> list[tuple[Size, int]]:
    """Sizes of grids with the tokens that they leave over, those with the fewest first."""
    guessed = [patch_grid(length - extra, scene.shape) for extra in _GUESSED]
    sizes = {*scene.sizes, *(grid.size for grid in scene.grids.get(length, [])), *filter(None, guessed)}
    extras = {size: length - size[0] * size[1] for size in sizes if size[0] * size[1] > _FEWEST}
    return sorted(((size, extra) for size, extra in extras.items() if 0 <= extra <= _EXTRA), key=lambda pair: pair[1])


def _elsewhere(offsets: list[set[int]], front: int, extra: int) -> bool:
    """Whether pictures that do not bear out a number of tokens in front bear out another one: then some lie between."""
    odd = [offset for offset in offsets if front not in offset]
    return any(any(0 <= other <= extra for other in offset) for offset in odd)


def _gaps(order: list[int], offsets: list[set[int]], extra: int) -> Iterator[tuple[int, float]]:
    """Where all extra tokens may stand, which is between two neighbouring patches that were both changed.

    Returns:
        How many patches stand in front of them, and the share of pictures that bear it out.
    """
    by_place = dict(zip(order, offsets, strict=True))
    for place in sorted(by_place) if extra else ():
        if 0 in by_place.get(place - 1, ()) and extra in by_place[place]:
            borne = [(extra if patch >= place else 0) in offset for patch, offset in by_place.items()]
            yield place, sum(borne) / len(borne)


def whole_grids(length: int, scene: Scene) -> list[Grid]:
    """Grids of maps that the network has whose patches are all of a sequence, and those of sequences read before."""
    sizes = [size for size in scene.sizes if size[0] * size[1] == length and min(size) > 1]
    grids = [Grid(size, scene.shape, down=down) for size in sizes for down in (False, True)]
    return list(dict.fromkeys([*scene.grids.get(length, []), *grids]))


def spread(answers: Tensor, grid: Grid, scene: Scene) -> float:
    """How well a sequence fits a grid where single tokens do not stand out.

    Returns:
        The worse likeness of rows and columns; 0 if the strongest changes lie far from the blocks.
    """
    places = grid.places(answers.shape[1], scene.shape)
    if places is None:
        return 0.0
    maps = answers[:, places]
    tall, wide = maps.sum(2), maps.sum(1)
    if hits(grid.size, peaks(tall), peaks(wide), scene) < _MOST:
        return 0.0
    rows, columns = scene.places()
    return min(likeness(tall, rows).correlation, likeness(wide, columns).correlation)
