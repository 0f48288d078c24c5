"""From the answers of a layer to the order of its axes, or to the reason why it has no map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.methods.network.axes import Axes
from visualize.methods.network.layout.evidence import Match, Scene, hits, likeness, matches, peaks, spread, whole_grids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from visualize.methods.network.axes import Grid

_ENOUGH = 0.5  # likeness of an axis to rows or columns; unrelated ones come to 0.2 with nine pictures
_AHEAD = 1.5  # times the likeness of the next best axes
_SHORT = 8  # places of an axis, of which several orders fit few pictures
_STILL = 0.1  # movement along an axis that says nothing
_EVEN = 3  # times as far, at most, a change spreads along one axis of a map as along the other
_CLEAR = 0.15  # of likeness, by which the best grid is better than the next
_MOST = 0.75  # of the pictures must bear a grid out
_HALF = 0.5  # of them, a grid that layers before have: a chance of one in so many tokens would come to none

CONSTANT = "it stays the same when the picture changes"
PAIRS = "it holds a value for each pair of places, as attention does"
HEADS = "its values lie in groups, as those of windows and of attention heads do"
WINDOWS = "its places lie in pieces, as those of windows do, and not in the rows and columns of the picture"
_UNPLACED = "neither its {} nor its {} places are found to be patches of the picture"
ASTRAY = "its rows and columns do not each look at one part of the picture, in the picture's order"
CROPPED = "it is computed from a part of a map's rows or columns, as of a crop of the picture"
UNPLACED = "no axis of it follows the rows and columns of the picture"


@dataclass(frozen=True)
class Reading:
    """The axes of an output without that of its pictures.

    Args:
        order: their letters, as :class:`~visualize.methods.network.axes.Axes` has them; "" for none.
        grid: the patches of its tokens.
        reason: why there is no map.
        sure: whether more pictures could not change this.
        undecided: whether the answers say neither that it has a map nor that it has none.
    """

    order: str = ""
    grid: Grid | None = None
    reason: str = ""
    sure: bool = True
    undecided: bool = False

    def axes(self, batch: int) -> Axes:
        """The reading with the axis of the pictures in its place."""
        return Axes(
            self.order[:batch] + "N" + self.order[batch:] if self.order else "", self.grid, self.reason, self.undecided
        )


def read(answers: Sequence[Tensor], scene: Scene) -> Reading:
    """Read the order of an output's axes from how they answer to the changes of single blocks.

    Args:
        answers: for each axis but that of the pictures M x length.
        scene: what was changed, and what was read before.
    """
    lengths = [answer.shape[1] for answer in answers]
    if len(lengths) != 2 and sum(length > 1 for length in lengths) < 2:
        return Reading("".join("1" if length == 1 else "C" for length in lengths))
    if not any(bool(answer.any()) for answer in answers):
        return Reading(reason=CONSTANT, undecided=True)
    if len(lengths) == 2:
        return _sequence(answers, scene)
    pair = _pair(answers, scene) if len(lengths) == 3 else Reading(reason=f"it has {len(lengths) + 1} axes")
    if pair.order:
        return pair
    tokens = sum(_grid(answer, scene) is not None for answer in answers)
    return pair if not tokens else Reading(reason=PAIRS if tokens > 1 else HEADS, sure=pair.sure)


def _sequence(answers: Sequence[Tensor], scene: Scene) -> Reading:
    """Two axes: tokens and their features, rows and columns of a single unit, or features alone."""
    lengths = [answer.shape[1] for answer in answers]
    grids = [_grid(answer, scene) for answer in answers]
    match grids:
        case (None, None):
            if 1 in lengths:
                return Reading("1C" if lengths[0] == 1 else "C1")
            pair = _pair(answers, scene)
            return (
                pair
                if pair.order
                else Reading(reason=_UNPLACED.format(*lengths), sure=pair.sure, undecided=pair.undecided)
            )
        case (grid, None):
            return Reading("TC", grid)
        case (None, grid):
            return Reading("CT", grid)
    return Reading(reason=PAIRS)


def _pair(answers: Sequence[Tensor], scene: Scene) -> Reading:
    """Rows and columns, as two axes of their own."""
    lengths = [answer.shape[1] for answer in answers]
    every = range(len(answers))
    pairs = [(row, column) for row in every for column in every if row != column]
    tops = [peaks(answer) for answer in answers]
    exact = {
        (row, column): hits((lengths[row], lengths[column]), tops[row], tops[column], scene) for row, column in pairs
    }
    best = max(pairs, key=lambda pair: exact[pair])
    needed = _MOST if scene.complete and min(lengths[axis] for axis in best) > 1 else 1.0  # a single row says less
    tokens = max((_token_share(answers[axis], scene) for axis in best), default=0.0)  # which follow rows roughly, too
    if (
        exact[best] >= needed
        and exact[best] > tokens
        and all(share < exact[best] for pair, share in exact.items() if pair != best)
    ):
        return Reading(_with(lengths, {best[0]: "H", best[1]: "W"}, "C"))
    spread_out = _spread_out(answers, pairs, scene) if min(lengths) > 1 and scene.complete else None
    if spread_out is None:
        return Reading(reason=UNPLACED, sure=False, undecided=not _moves(answers, scene))
    return Reading(_with(lengths, {spread_out[0]: "H", spread_out[1]: "W"}, "C"))


def _token_share(answer: Tensor, scene: Scene) -> float:
    """How well an axis is borne out as a sequence of tokens; short ones could be anything."""
    return max((match.share for match in matches(answer, scene)), default=0.0) if answer.shape[1] > _SHORT else 0.0


def _moves(answers: Sequence[Tensor], scene: Scene) -> bool:
    """Whether the answers differ between pictures along some axis, wherever that is."""
    rows, _ = scene.places()
    return any(likeness(answer, rows).movement > _STILL for answer in answers)


def _spread_out(answers: Sequence[Tensor], pairs: Sequence[tuple[int, int]], scene: Scene) -> tuple[int, int] | None:
    """Rows and columns of an output in which a change spreads over many places."""
    rows, columns = scene.places()
    down = [likeness(answer, rows) for answer in answers]
    across = [likeness(answer, columns) for answer in answers]
    ranked = sorted(pairs, key=lambda pair: -min(down[pair[0]].rank, across[pair[1]].rank))
    best, following = ((down[row], across[column]) for row, column in ranked[:2])
    sizes = sorted(item.size for item in best)
    even = sizes[0] > 0 and sizes[1] <= _EVEN * sizes[0]
    ahead = min(item.rank for item in best) > _AHEAD * min(item.rank for item in following)
    return ranked[0] if even and ahead and min(item.correlation for item in best) >= _ENOUGH else None


def _grid(answer: Tensor, scene: Scene) -> Grid | None:
    """The grid of the tokens of an axis, if it is a sequence of patches."""
    ranked = sorted(matches(answer, scene), key=lambda match: -match.share)  # stable: fewer extra tokens first
    best = next(iter(ranked), None)
    if best is not None and _alone(best, ranked):
        known = scene.complete and best.grid in scene.grids.get(answer.shape[1], [])
        if best.share >= (_HALF if known else _MOST):
            return best.grid
    whole = whole_grids(answer.shape[1], scene)
    scored = sorted(((spread(answer, grid, scene), -number) for number, grid in enumerate(whole)), reverse=True)
    if not scored or scored[0][0] < _ENOUGH or (len(scored) > 1 and scored[0][0] - scored[1][0] < _CLEAR):
        return None
    return whole[-scored[0][1]]


def _alone(best: Match, ranked: Sequence[Match]) -> bool:
    """Whether no other grid is borne out as well."""
    return not any(other.share >= best.share and other.grid != best.grid for other in ranked)


def _with(lengths: Sequence[int], letters: dict[int, str], rest: str) -> str:
    return "".join(letters.get(axis, rest) for axis in range(len(lengths)))
