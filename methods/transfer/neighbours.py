"""Votes of nearest neighbours, weighted by how alike they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AT_ONCE = 512  # rows that are compared with all others together


def neighbour_votes(
    known: NDArray[np.floating],
    labels: NDArray[np.integer],
    asked: NDArray[np.floating],
    *,
    count: int,
    temperature: float,
) -> NDArray[np.float64]:
    """Votes of the nearest neighbours for each class, each vote weighing exp(cosine / T) (Wu et al. 2018, eq. 6).

    Args:
        known: N x features, rows of length 1 (or 0).
        labels: N x classes: 1 of the class, 0 not, -1 left out of it, which casts no vote for it.
        asked: M x features, rows of length 1 (or 0).
        count: neighbours of each row; all where there are fewer. Of equal ones the first.
        temperature: T; the smaller, the more the nearest count.

    Returns:
        M x classes: the share of the votes that each class gets, 0..1.

    Example:
        >>> known = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
        >>> labels = np.array([[1, 0], [0, 1], [0, 1]])
        >>> neighbour_votes(known, labels, np.array([[0.8, 0.6]]), count=2, temperature=1.0).round(3).tolist()
        [[0.46, 0.54]]
    """
    count = min(count, len(known))
    positive = (labels == 1).astype(np.float64)
    votes = []
    for start in range(0, len(asked), _AT_ONCE):
        alike = np.asarray(asked[start : start + _AT_ONCE], np.float64) @ np.asarray(known, np.float64).T
        nearest = np.argsort(-alike, axis=1, kind="stable")[:, :count]
        cosines = np.take_along_axis(alike, nearest, axis=1)
        weights = np.exp((cosines - cosines[:, :1]) / temperature)  # of one row all are divided by the largest
        votes.append((weights[:, :, None] * positive[nearest]).sum(1) / weights.sum(1, keepdims=True))
    return np.concatenate(votes) if votes else np.zeros((0, labels.shape[1]))
