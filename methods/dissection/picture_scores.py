"""Counts of whole pictures: in which a unit's mask covers something, a concept occurs, and both do.

A unit may tell pictures with a concept from those without although it looks beside it: at a road for cars. Scores of
pixels do not see that, and those of pictures do (Oikarinen et al. 2025 have both).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from visualize.methods.dissection.picture_counts import PictureCounts, Pixels
    from visualize.methods.dissection.scores import LayerScores


def with_pictures(layers: Mapping[str, LayerScores], counts: Iterable[PictureCounts]) -> dict[str, LayerScores]:
    """Scores of layers with the counts of whole pictures.

    Args:
        layers: the scores, by layer.
        counts: those that they are sums of, of every picture; iterated over once.
    """
    first = next(iter(layers.values()))
    concepts = np.zeros(len(first.concepts), np.int64)
    both = {name: np.zeros((item.units, len(concepts)), np.int64) for name, item in layers.items()}
    masks = {name: np.zeros((item.units, len(item.categories)), np.int64) for name, item in layers.items()}
    for part in counts:
        annotated = (part.annotated > 0).astype(np.float32)
        present = _there(part.truth, len(concepts), len(part)).astype(np.float32)
        concepts += present.sum(1, dtype=np.float64).astype(np.int64)
        for name, item in layers.items():
            covered = _there(part.layers[name].areas, item.units, len(part)).astype(np.float32)
            both[name] += (covered @ present.T).astype(np.int64)  # below 2^24 in each part, so exact
            masks[name] += (covered @ annotated).astype(np.int64)
    return {
        name: replace(item, both_pictures=both[name], mask_pictures=masks[name], concept_pictures=concepts)
        for name, item in layers.items()
    }


def _there(pixels: Pixels, rows: int, pictures: int) -> NDArray[np.bool_]:
    """Rows x pictures, whether there is anything."""
    there = np.zeros((rows, pictures), np.bool_)
    there[pixels.rows, pixels.pictures] = True
    return there
