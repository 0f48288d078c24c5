"""Integral of the gradient of a unit's activation along a line of pictures, as exact as completeness asks."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Slopes = Callable[[Tensor], tuple[Tensor, Tensor]]
    """Function from k places on the line, 0..1 in float64, to the activations there (k, float64) and their gradients
    with respect to the picture (k x C x H x W)."""


CELLS = 50  # the line's parts at the beginning
_CHANCE = 3.0  # standard deviations
_TOGETHER = 8  # pieces that are halved before it is asked again whether all adds up


class Integral(NamedTuple):
    """Mean gradient along a line, and how exact it is.

    Args:
        gradient: C x H x W: the mean gradient along the line.
        steps: gradients that it took.
        gap: the difference of activation between the ends, less the gradient times the line's direction.
    """

    gradient: Tensor
    steps: int
    gap: float


@dataclass
class _Cell:
    """Part of the line, integrated by the trapezoid rule on 2^halvings equal pieces.

    Args:
        begin: where the part begins, 0..1.
        width: how much of the line it is, 0..1.
        difference: of activation between its ends.
        total: the integral of the gradient over it, as it is known so far: C x H x W.
        sum: ``total`` times the line's direction.
        halvings: how often its pieces were halved so far.
    """

    begin: float
    width: float
    difference: float
    total: Tensor
    sum: float
    halvings: int = 0

    @property
    def lacks(self) -> float:
        """Difference of activation that its sum lacks."""
        return self.difference - self.sum

    @property
    def pieces(self) -> int:
        """Number of pieces that it is cut into."""
        return 1 << self.halvings

    def places(self) -> Tensor:
        """Middles of its pieces, which halve them."""
        return self.begin + self.width * (torch.arange(self.pieces, dtype=torch.float64) + 0.5) / self.pieces

    def halve(self, gradient: Tensor, along: float) -> None:
        """Halve its pieces, given the sum of the gradients in their middles, and what that is along the line."""
        piece = self.width / self.pieces
        self.total = (self.total + piece * gradient) / 2
        self.sum = (self.sum + piece * along) / 2
        self.halvings += 1


def integrate(slopes: Slopes, direction: Tensor, *, share: float, most: int, batch: int) -> Integral:
    """Mean gradient along a line, with steps until it adds up to the difference of activation.

    The trapezoid rule on ``CELLS`` equal parts. What each part's integral should add up to is known from the activation
    at its ends, so that the parts that lack most are halved, and halved again, until all together lack at most a share
    of the difference between the line's ends, and that not by chance: the root of the sum of what each lacks, squared,
    is at most three times as much. No gradient is made twice.

    Args:
        slopes: gives activations and gradients; asked for at most ``batch`` places at once.
        direction: C x H x W: from the line's beginning to its end.
        share: how much of the difference may be lacking, 0..1.
        most: gradients at which it ends in any case, give or take the last halving.
        batch: pictures in one run of the network.
    """
    cells = _begin(slopes, direction, batch)
    steps = CELLS + 1
    allowed = share * abs(sum(cell.difference for cell in cells))
    while max(abs(_gap(cells)), math.hypot(*(cell.lacks for cell in cells)) / _CHANCE) > allowed and steps < most:
        worst = _worst(cells)
        steps += sum(cell.pieces for cell in worst)
        _halve(worst, slopes, direction, batch)
    return Integral(torch.stack([cell.total for cell in cells]).sum(0), steps, _gap(cells))


def _gap(cells: list[_Cell]) -> float:
    return sum(cell.lacks for cell in cells)


def _begin(slopes: Slopes, direction: Tensor, batch: int) -> list[_Cell]:
    ends = torch.linspace(0, 1, CELLS + 1, dtype=torch.float64)
    runs = [slopes(ends[first : first + batch]) for first in range(0, len(ends), batch)]
    activations = torch.cat([run[0] for run in runs]).tolist()
    gradients = [gradient for run in runs for gradient in run[1]]
    totals = [(one + other) / (2 * CELLS) for one, other in itertools.pairwise(gradients)]
    return [
        _Cell(begin, 1 / CELLS, later - now, total, along)
        for begin, (now, later), total, along in zip(
            ends[:-1].tolist(), itertools.pairwise(activations), totals, _along(totals, direction), strict=True
        )
    ]


def _worst(cells: list[_Cell]) -> list[_Cell]:
    """Parts that lack most for what they cost; the same for any size of batch."""
    ordered = sorted(cells, key=lambda cell: -abs(cell.lacks) / cell.pieces)
    filled = itertools.accumulate(cell.pieces for cell in ordered)
    return ordered[: max(1, sum(pieces <= _TOGETHER for pieces in filled))]


def _halve(cells: list[_Cell], slopes: Slopes, direction: Tensor, batch: int) -> None:
    places = torch.cat([cell.places() for cell in cells])
    owners = torch.cat([torch.full((cell.pieces,), number) for number, cell in enumerate(cells)])
    added = [torch.zeros_like(cell.total) for cell in cells]
    for first in range(0, len(places), batch):
        part = slice(first, first + batch)
        for number, gradient in zip(owners[part].tolist(), slopes(places[part])[1], strict=True):
            added[number] += gradient
    for cell, gradient, along in zip(cells, added, _along(added, direction), strict=True):
        cell.halve(gradient, along)


def _along(gradients: Sequence[Tensor], direction: Tensor) -> list[float]:
    """Products of gradients with the line; a GPU is waited for once."""
    line = direction.double()
    return [
        float(along) for along in torch.stack([(gradient.double() * line).sum() for gradient in gradients]).tolist()
    ]
