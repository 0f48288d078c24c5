"""Upper bounds on the IoU of formulas of three concepts, from counts of single concepts and of pairs alone.

With m the pixels of the unit's mask, I those it shares with a formula and E the formula's pixels outside it, the IoU is
I / (m + E). For a pair F = (a op b) and any third concept c:

- OR: I grows by at most i_c and E is at least max(E_F, e_c); of three concepts joined by OR, c may be taken to be the
  one with the smallest i;
- AND, of (a OR b): it is (a AND c) OR (b AND c), so I <= I_ac + I_bc and E >= max(E_ac, E_bc); of (a AND b):
  I <= min(I_ab, I_ac, I_bc). (a AND NOT b) AND c is (a AND c) AND NOT b, so that it need not be looked at;
- AND NOT: I <= I_F, and E falls at most by what one concept can share with a, and with b.

Each bound holds for every c at once; where none of a pair's bounds is above the best IoU so far, no formula of three
concepts that begins with the pair can be better.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Overlaps:
    """Counts of one unit with concepts and their pairs.

    Args:
        mask: m, pixels of the unit's mask; above 0.
        inside: i, concepts: pixels that concept and mask share.
        outside: e, concepts: pixels of the concept outside the mask.
        inside_pairs: concepts x concepts: pixels of both concepts in the mask.
        outside_pairs: concepts x concepts: pixels of both concepts outside the mask.
    """

    mask: float
    inside: Floats
    outside: Floats
    inside_pairs: Floats
    outside_pairs: Floats

    def iou(self, inside: Floats, outside: Floats) -> Floats:
        """IoU from I and E."""
        return inside / (self.mask + outside)

    def either(self) -> tuple[Floats, Floats]:
        """I and E of (a OR b), concepts x concepts."""
        inside = self.inside[:, None] + self.inside - self.inside_pairs
        return inside, self.outside[:, None] + self.outside - self.outside_pairs

    def without(self) -> tuple[Floats, Floats]:
        """I and E of (a AND NOT b), concepts x concepts."""
        return self.inside[:, None] - self.inside_pairs, self.outside[:, None] - self.outside_pairs


@dataclass(frozen=True)
class Bounds:
    """Largest IoU that a pair can reach with any third concept; concepts x concepts each.

    Args:
        both: of (a AND b).
        either: of (a OR b).
        without: of (a AND NOT b).
    """

    both: Floats
    either: Floats
    without: Floats


def bounds(overlaps: Overlaps, allowed: NDArray[np.bool_], least: float) -> Bounds:
    """Bounds of all pairs, good enough to tell which of them can exceed an IoU.

    Args:
        overlaps: the unit's counts.
        allowed: concepts that a formula may name.
        least: the IoU to exceed.
    """
    joining = _front(overlaps, allowed)
    off_diagonal = np.where(np.eye(len(overlaps.inside), dtype=np.bool_), 0.0, overlaps.outside_pairs)
    off_diagonal[:, ~allowed] = 0
    lost = off_diagonal.max(1, initial=0.0)  # of each concept, the most that one other shares outside the mask
    both_in, both_out = overlaps.inside_pairs, overlaps.outside_pairs
    either_in, either_out = overlaps.either()
    without_in, without_out = overlaps.without()
    kept = overlaps.outside - lost
    smaller = np.minimum(overlaps.inside[:, None], overlaps.inside)
    either = np.maximum(np.maximum(kept[:, None], kept), either_out - lost[:, None] - lost)
    return Bounds(
        both=np.maximum.reduce(
            [
                _joined(overlaps, both_in, both_out, joining),
                overlaps.iou(both_in, np.maximum(0, both_out - np.minimum(lost[:, None], lost))),
                _common(overlaps, allowed, least),
            ]
        ),
        either=np.maximum.reduce(
            [
                _joined(overlaps, either_in, either_out, joining, most=smaller),
                overlaps.iou(either_in, np.maximum(0, either)),
                _narrowed(overlaps, allowed, least),
            ]
        ),
        without=np.maximum(
            _joined(overlaps, without_in, without_out, joining),
            overlaps.iou(without_in, np.maximum(0, without_out - lost[:, None])),
        ),
    )


def _front(overlaps: Overlaps, allowed: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Concepts that no other exceeds in I without exceeding it in E: one of them bounds every OR."""
    candidates = np.flatnonzero(allowed & (overlaps.inside > 0))
    order = candidates[np.lexsort((-overlaps.inside[candidates], overlaps.outside[candidates]))]
    best = np.maximum.accumulate(overlaps.inside[order])
    first = np.concatenate([[True], best[1:] > best[:-1]]) if len(order) else np.zeros(0, np.bool_)
    front: NDArray[np.intp] = order[first]
    return front


def _joined(
    overlaps: Overlaps, inside: Floats, outside: Floats, joining: NDArray[np.intp], *, most: Floats | None = None
) -> Floats:
    """Bound of F OR c, where c adds ``most`` at most; no I is larger than the mask."""
    best = np.zeros_like(inside)
    for column in joining:
        added = overlaps.inside[column] if most is None else np.minimum(overlaps.inside[column], most)
        larger = np.minimum(inside + added, overlaps.mask)
        np.maximum(best, overlaps.iou(larger, np.maximum(outside, overlaps.outside[column])), out=best)
    return best


def _common(overlaps: Overlaps, allowed: NDArray[np.bool_], least: float) -> Floats:
    """Bound of (a AND b) AND c, whose E may be 0."""
    best = np.zeros_like(overlaps.inside_pairs)
    for column in _large(overlaps, allowed, least):
        block = _meeting(overlaps, column)
        inside = overlaps.inside_pairs[block[1][0], column]
        best[block] = np.maximum(best[block], np.minimum(inside[:, None], inside))
    return np.minimum(best, overlaps.inside_pairs) / overlaps.mask


def _large(overlaps: Overlaps, allowed: NDArray[np.bool_], least: float) -> NDArray[np.intp]:
    """Concepts that a formula can lie within and still exceed an IoU: they hold more of the mask than that."""
    return np.flatnonzero(allowed & (overlaps.inside > least * overlaps.mask))


def _narrowed(overlaps: Overlaps, allowed: NDArray[np.bool_], least: float) -> Floats:
    """Bound of (a OR b) AND c."""
    best = np.zeros_like(overlaps.inside_pairs)
    for column in _large(overlaps, allowed, least):
        block = _meeting(overlaps, column)
        places = block[1][0]
        inside, outside = overlaps.inside_pairs[places, column], overlaps.outside_pairs[places, column]
        most = np.minimum(inside[:, None] + inside, overlaps.inside[column])
        best[block] = np.maximum(best[block], overlaps.iou(most, np.maximum(outside[:, None], outside)))
    return best


def _meeting(overlaps: Overlaps, column: int) -> tuple[NDArray[np.intp], ...]:
    """Pairs of concepts that both meet a third in the mask; of any other pair one concept alone does as well."""
    places = np.flatnonzero(overlaps.inside_pairs[:, column] > 0)
    return np.ix_(places, places)
