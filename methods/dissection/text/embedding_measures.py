"""Clarity, redundancy and polysemanticity of units, from embeddings of the pictures that excite them most.

Dreyer, Berend, Labarta, Vielhaben, Wiegand, Lapuschkin and Samek 2025, "Mechanistic understanding and validation of
large AI models with SemanticLens": V_k holds the embeddings of the best pictures of unit k in the space of a
foundation model.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

_STARTS = 10  # of the clustering, of which the best is taken
_ROUNDS = 300
_AGAINST = 10  # pictures that the mean is compared with, where a cluster holds one alone


def clarity(examples: NDArray[np.floating]) -> Numbers:
    """Mean cosine of two different best pictures of each unit: 1 where all are the same, 0 where they have no relation.

    Args:
        examples: units x pictures x features; two pictures or more.

    Returns:
        one number for each unit, in -1 / (pictures - 1) .. 1.

    Example:
        >>> clarity(np.array([[[1.0, 0], [1, 0]], [[1, 0], [0, 1]]])).tolist()
        [1.0, 0.0]
    """
    rows = _unit_length(examples)
    count = rows.shape[1]
    mean = rows.mean(1)
    result: Numbers = ((mean**2).sum(-1) - 1 / count) / (count - 1) * count
    return result


def redundancy(examples: NDArray[np.floating]) -> tuple[Numbers, NDArray[np.intp]]:
    """Cosine of each unit's mean embedding with that of the unit most like it, and which unit that is.

    The published number for a layer is the mean of these over its units.

    Args:
        examples: units x pictures x features; two units or more.

    Example:
        >>> cosines, twins = redundancy(np.array([[[1.0, 0]], [[2, 0]], [[0, 1]]]))
        >>> cosines.tolist(), twins.tolist()
        ([1.0, 1.0, 0.0], [1, 0, 0])
    """
    means = _unit_length(np.asarray(examples, np.float64).mean(1))
    cosines = means @ means.T
    np.fill_diagonal(cosines, -np.inf)
    return cosines.max(1), cosines.argmax(1)


def polysemanticity(examples: NDArray[np.floating], seed: int = 0) -> Numbers:
    """How far apart the means of two clusters of a unit's best pictures lie: 1 - clarity of the two.

    Where one cluster holds a single picture, the mean of all pictures is compared with single ones instead, as the
    authors' package does.

    Args:
        examples: units x pictures x features; two pictures or more.
        seed: of the clustering (k-means, the best of ten starts).

    Returns:
        one number for each unit: 0 where all pictures mean the same, 1 where the two halves have no relation.

    Example:
        >>> polysemanticity(np.array([[[1.0, 0], [1, 0], [0, 1], [0, 1]]])).tolist()
        [1.0]
    """
    generator = np.random.default_rng(seed)
    return np.array([_polysemanticity(np.asarray(unit, np.float64), generator) for unit in examples])


def _polysemanticity(rows: Numbers, generator: np.random.Generator) -> float:
    belongs = _halves(rows, generator)
    counts = np.bincount(belongs, minlength=2)
    if counts.min() >= 2:
        centres = np.stack([rows[belongs == cluster].mean(0) for cluster in (0, 1)])
        return 1 - float(clarity(centres[None])[0])
    mean = rows.mean(0)
    return 1 - float(clarity(np.stack([np.stack([mean, row]) for row in rows[:_AGAINST]])).mean())


def _halves(rows: Numbers, generator: np.random.Generator) -> NDArray[np.intp]:
    """Cluster, 0 or 1, of each row: of several starts the clustering with the least sum of squared distances."""
    best, least = np.zeros(len(rows), np.intp), np.inf
    for _ in range(_STARTS):
        belongs, loss = _lloyd(rows, _starts(rows, generator))
        if loss < least:
            best, least = belongs, loss
    return best


def _starts(rows: Numbers, generator: np.random.Generator) -> Numbers:
    """Two rows, the second chosen with a probability that grows with its squared distance from the first."""
    first = int(generator.integers(len(rows)))
    far = ((rows - rows[first]) ** 2).sum(1)
    total = far.sum()
    second = first if total == 0 else int(generator.choice(len(rows), p=far / total))
    return rows[[first, second]]


def _lloyd(rows: Numbers, centres: Numbers) -> tuple[NDArray[np.intp], float]:
    before: NDArray[np.intp] | None = None
    for _ in range(_ROUNDS):
        distances = ((rows[:, None] - centres[None]) ** 2).sum(2)
        belongs = distances.argmin(1)
        if before is not None and (belongs == before).all():
            break
        before = belongs
        centres = np.stack([
            rows[belongs == cluster].mean(0) if (belongs == cluster).any() else centres[cluster] for cluster in (0, 1)
        ])  # fmt: skip
    return belongs, float(distances.min(1).sum())


def _unit_length(rows: NDArray[np.floating]) -> Numbers:
    numbers = np.asarray(rows, np.float64)
    norms = np.linalg.norm(numbers, axis=-1, keepdims=True)
    return numbers / np.where(norms > 0, norms, 1)
