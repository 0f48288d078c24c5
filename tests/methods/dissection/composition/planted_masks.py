"""Concepts as plain pixel masks, and their cells worked out pixel by pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from visualize.methods.dissection.composition.cells import Cells

Bools = NDArray[np.bool_]


def concepts(seed: int, count: int, pixels: int = 400) -> Bools:
    """Concepts x pixels; some common, some rare, overlapping anyhow."""
    generator = np.random.default_rng(seed)
    return generator.random((count, pixels)) < generator.uniform(0.02, 0.45, (count, 1))


def noisy(mask: Bools, seed: int, share: float = 0.05) -> Bools:
    """A mask with a share of its pixels turned over."""
    return mask ^ (np.random.default_rng(seed).random(mask.shape) < share)


def cells_of(masks: Bools) -> tuple[Cells, NDArray[np.int64]]:
    """Cells of concepts x pixels, and the cell of each pixel."""
    rows, where = np.unique(masks.T, axis=0, return_inverse=True)
    members = np.zeros((len(rows), max(1, int(rows.sum(1).max()))), np.int32)
    for cell, row in enumerate(rows):
        held = np.flatnonzero(row) + 1
        members[cell, : len(held)] = held
    where = where.reshape(-1)
    return Cells(members, np.bincount(where, minlength=len(rows)).astype(np.int64), len(masks)), where


def counts_of(unit: Bools, where: NDArray[np.int64], cells: Cells) -> NDArray[np.int64]:
    """For each cell, how many of its pixels lie in a unit's mask."""
    return np.bincount(where[unit], minlength=len(cells.sizes)).astype(np.int64)


def iou(formula: Bools, unit: Bools) -> float:
    """Intersection over union of two masks."""
    union = int((formula | unit).sum())
    return int((formula & unit).sum()) / union if union else 0.0
