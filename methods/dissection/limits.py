"""Limits that sizes alone set: the largest IoU of a mask and a concept, and the one by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.dissection.agreement import ratio

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from visualize.methods.dissection.scores import LayerScores

    Floats = NDArray[np.float64]


def ceiling(mask: ArrayLike, concept: ArrayLike) -> Floats:
    """Largest IoU of a mask and a concept of given sizes: that of the smaller lying within the larger.

    The intersection is at most the smaller of the two and the union at least the larger, so that IoU is at most
    min / max of their pixels.

    Args:
        mask: pixels of the mask where the concept's category is labelled.
        concept: pixels of the concept; both in any shapes that go together.

    Returns:
        in 0..1; 0 where one of the two is empty.

    Example:
        >>> ceiling([50, 400], 200)
        array([0.25, 0.5 ])
    """
    mask, concept = np.asarray(mask, np.float64), np.asarray(concept, np.float64)
    return ratio(np.minimum(mask, concept), np.maximum(mask, concept))


def chance(mask: ArrayLike, concept: ArrayLike) -> Floats:
    """IoU that a mask and a concept of given shares have when they lie anywhere, each without regard to the other.

    Of all pixels the product of the shares q and s is in both, and what is in either is q + s - q s.

    Args:
        mask: share q of the pixels where the concept's category is labelled, in 0..1.
        concept: share s of the same pixels, in 0..1; both in any shapes that go together.

    Returns:
        q s / (q + s - q s), in 0..1; 0 where one of the two is empty.

    Example:
        >>> float(chance(0.5, 0.5).round(4))
        0.3333
    """
    mask, concept = np.asarray(mask, np.float64), np.asarray(concept, np.float64)
    return ratio(mask * concept, mask + concept - mask * concept)


@dataclass(frozen=True, eq=False)
class Limits:
    """Limits that the sizes of a probe set's concepts set, concept by concept.

    Args:
        ceiling: largest IoU that a mask of the quantile's share of all pixels can have with each concept.
        chance: IoU that such a mask has when it lies anywhere.
        reach: largest IoU that the masks of the layer's units, as large as they are, can have; masks grow and shrink as
            they are scaled up, so that this may be above the ceiling.
    """

    ceiling: Floats
    chance: Floats
    reach: Floats

    def out_of_reach(self, cut: float) -> NDArray[np.bool_]:
        """Concepts that no unit can detect, wherever its mask lies: for their size alone no IoU is above the cut."""
        return np.maximum(self.ceiling, self.reach) <= cut


def limits(scores: LayerScores, quantile: float) -> Limits | None:
    """Limits of each concept of a dissection.

    A mask covers the quantile's share of all pixels, and only those count that lie in pictures where the concept's
    category is labelled. Where that is not every picture, the mask may lie on them as far as it likes: as much as fits
    in them, and as little as the other pictures leave over. The ceiling is that of the best of these sizes.

    Args:
        scores: of a layer.
        quantile: the part of all positions that a mask covers.

    Returns:
        None for a dissection whose table does not say how many pixels the label maps have, as older ones do not.
    """
    if scores.area is None:
        return None
    area = np.asarray(scores.area, np.float64)[scores.category]
    covered = quantile * scores.pixels
    least, most = np.maximum(0.0, covered - (scores.pixels - area)), np.minimum(covered, area)
    masks = scores.activation[:, scores.category]
    return Limits(
        ceiling(np.clip(scores.truth, least, most), scores.truth),
        chance(quantile, ratio(scores.truth, area)),
        ceiling(masks, scores.truth).max(0, initial=0.0),
    )
