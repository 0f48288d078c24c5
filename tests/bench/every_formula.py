"""The best of all formulas of up to three concepts, by trying every one of them: an oracle that bounds nothing.

Pixels that bear the same set of concepts are alike to a formula, so that a formula is a choice of such sets (cells),
and what it shares with a mask a sum of whole numbers. All choices are multiplied by all counts, a block at a time; no
sum passes 2**24, up to which float32 holds every whole number.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Bools = NDArray[np.bool_]
Whole = NDArray[np.int64]

_EXACT = 1 << 24
_BLOCK = 1 << 14  # formulas that are tried together


def best_of_every(planes: Bools, units: Mapping[int, Bools]) -> tuple[dict[int, float], int]:
    """Largest IoU of each unit with any formula of up to three concepts, joined from the left by AND, OR and AND NOT.

    Args:
        planes: concepts x pictures x pixels.
        units: their masks, pictures x pixels, by number.

    Returns:
        the IoU by unit, and how many formulas were tried.
    """
    cells, sizes, hits = _cells(planes, np.stack(list(units.values())))
    if sizes.sum() >= _EXACT:
        raise ValueError(f"{sizes.sum()} pixels are more than float32 counts")
    counts = np.concatenate([sizes[:, None], hits], 1).astype(np.float32)
    covered, best, tried = hits.sum(0), np.zeros(len(units)), 0
    for block in _blocks(cells):
        sums = (block.astype(np.float32) @ counts).astype(np.int64)
        shared, either = sums[:, 1:], sums[:, :1] + covered - sums[:, 1:]
        np.maximum(best, (shared / np.maximum(either, 1)).max(0), out=best)
        tried += len(block)
    return dict(zip(units, best.tolist(), strict=True)), tried


def _cells(planes: Bools, masks: Bools) -> tuple[Bools, Whole, Whole]:
    """Sets of concepts that pixels bear (concepts x cells), pixels of each, and those of them in each mask."""
    flat = planes.reshape(len(planes), -1)
    packed = np.ascontiguousarray(np.packbits(flat, axis=0).T)
    names = packed.view(np.dtype((np.void, packed.shape[1])))[:, 0]
    _, first, which = np.unique(names, return_index=True, return_inverse=True)
    number = len(first)
    hits = [np.bincount(which, weights=mask.reshape(-1), minlength=number) for mask in masks]
    return flat[:, first], np.bincount(which, minlength=number), np.stack(hits, 1).astype(np.int64)


def _blocks(cells: Bools) -> Iterator[Bools]:
    """Formulas by the cells at which they hold, some at a time."""
    pairs = [cells]
    for one, other in itertools.combinations(range(len(cells)), 2):
        a, b = cells[one], cells[other]
        pairs.append(np.stack([a & b, a | b, a & ~b, b & ~a]))
    shorter = np.concatenate(pairs)
    yield from np.array_split(shorter, len(shorter) // _BLOCK + 1)
    joined = shorter[len(cells) :]
    for part in np.array_split(joined, len(joined) * 3 // _BLOCK + 1):
        for concept in cells:
            yield np.concatenate([part & concept, part | concept, part & ~concept])
