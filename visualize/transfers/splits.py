"""Dealing pictures out to parts: classes evenly, groups never split."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_LARGEST = 2**64  # above every seed
_TRIED = 5000  # ways to deal out few groups, all of which are compared


def dealt(
    labels: NDArray[np.integer], groups: Sequence[str], shares: Sequence[float], *, several: bool, seed: int
) -> NDArray[np.intp]:
    """Deal pictures out to parts so that each part gets its share of every class; no group is in two parts.

    Iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011), whole groups at a time: the class with the fewest
    pictures left is dealt first, the largest group first, each to the part that lacks most of that class. Where groups
    are so few that all ways to deal them can be compared, the way is taken that comes nearest to all shares.

    Args:
        labels: pictures x classes, 1 where the picture is of the class.
        groups: of each picture; empty where every picture stands by itself.
        shares: of each part; they sum to 1.
        several: a picture may be of several classes, or none; then pictures without a class are dealt evenly too.
        seed: chooses among what is equally good.

    Returns:
        the number of each picture's part.

    Example:
        >>> labels = np.eye(2, dtype=int)[[0] * 10 + [1] * 5]
        >>> parts = dealt(labels, (), (0.8, 0.2), several=False, seed=0)
        >>> labels[parts == 1].sum(0).tolist()
        [2, 1]
    """
    positive = labels == 1
    marks = np.hstack([positive, ~positive]) if several else positive
    names, of = np.unique(np.asarray(groups), return_inverse=True) if len(groups) else (None, np.arange(len(labels)))
    number = len(labels) if names is None else len(names)
    counts = np.zeros((number, marks.shape[1] + 1))
    np.add.at(counts, of, np.hstack([marks, np.ones((len(labels), 1))]))
    ways = len(shares) ** number
    few = names is not None and number >= len(shares) and ways <= _TRIED
    deal = _nearest if few else _dealt_groups
    return deal(counts, np.asarray(shares, float), seed)[of]


def require_seed(seed: int) -> None:
    """Refuse a seed that none of the draws can begin from.

    Raises:
        InputError: it is below 0, or has more than 64 bits.
    """
    if not 0 <= seed < _LARGEST:
        raise InputError(f"--seed is 0 or more, and less than 2 to the 64, not {seed}")


def _nearest(counts: NDArray[np.float64], shares: NDArray[np.float64], seed: int) -> NDArray[np.intp]:
    """The part of each group, by comparing all ways; no part is empty."""
    order = np.random.default_rng(seed).permutation(len(counts))
    totals = np.maximum(counts.sum(0), 1)
    weights = np.ones(counts.shape[1])
    weights[-1] = len(weights)  # how many pictures a part gets matters as much as all its classes
    best, least = np.zeros(len(counts), int), np.inf
    for way in itertools.product(range(len(shares)), repeat=len(counts)):
        part = np.asarray(way)[order]
        had = np.array([counts[part == number].sum(0) for number in range(len(shares))])
        far = float((weights * ((had / totals) - shares[:, None]) ** 2).sum())
        if far < least - 1e-12 and _whole(part, shares):
            best, least = part, far
    return best


def _whole(part: NDArray[np.intp], shares: NDArray[np.float64]) -> bool:
    """Whether no part is empty and, where there are groups enough, the largest part can be split again."""
    sizes = np.bincount(part, minlength=len(shares))
    return bool(sizes.min() > 0 and (sizes[np.argmax(shares)] > 1 or len(part) == len(shares)))


def _dealt_groups(counts: NDArray[np.float64], shares: NDArray[np.float64], seed: int) -> NDArray[np.intp]:
    """The part of each group; the last column counts all its pictures."""
    generator = np.random.default_rng(seed)
    wanted = shares[:, None] * counts.sum(0)
    part = np.full(len(counts), -1)
    while (part < 0).any():
        free = part < 0
        left = counts[free].sum(0)
        mark = int(np.argmin(np.where(left > 0, left, np.inf)))
        members = generator.permutation(np.flatnonzero(free & (counts[:, mark] > 0)))
        for group in members[np.argsort(-counts[members, mark], kind="stable")]:
            lacks = list(zip(wanted[:, mark], wanted[:, -1], generator.random(len(shares)), strict=True))
            part[group] = max(range(len(shares)), key=lacks.__getitem__)
            wanted[part[group]] -= counts[group]
    return part
