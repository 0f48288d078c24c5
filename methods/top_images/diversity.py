"""Top images that are not alike: near-duplicates, such as neighbouring frames of a film, give way to other pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn.functional import adaptive_avg_pool2d

from visualize.methods.phrases import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.methods.drawing.panel import Picture
    from visualize.methods.top_images.result import TopResult

POOL = 8  # times as many pictures are looked at as are kept
SIDE = 16  # of a thumbnail
_LUMA = (0.299, 0.587, 0.114)  # Rec. 601: how light red, green and blue are


def thumbnail(picture: Picture) -> NDArray[np.float64]:
    """Lightness of a picture in 16 x 16 fields of equal size: the mean of each, as one row of 256 numbers.

    Args:
        picture: H x W x 3, RGB, uint8.
    """
    grey = torch.from_numpy(picture @ np.array(_LUMA))[None]
    means: NDArray[np.float64] = adaptive_avg_pool2d(grey, SIDE).numpy().reshape(-1)
    return means


def correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Pearson's correlation of two thumbnails, in -1..1; of pictures of one lightness all over, 1 with their like."""
    centred = [values - values.mean() for values in (one, other)]
    norms = [float(np.sqrt((values * values).sum())) for values in centred]
    flat = [norm < 1e-6 for norm in norms]
    if any(flat):
        return float(all(flat))
    return float((centred[0] * centred[1]).sum() / (norms[0] * norms[1]))


def kept(thumbnails: Sequence[NDArray[np.float64]], count: int, alike: float) -> list[int]:
    """The places of the pictures that stay, the best first.

    A picture is left out if its thumbnail correlates above ``alike`` with that of a better one that stays.

    Args:
        thumbnails: of pictures, the best first.
        count: pictures that stay, at most.
        alike: correlation above which two pictures are near-duplicates.
    """
    places: list[int] = []
    for place, each in enumerate(thumbnails):
        if len(places) == count:
            break
        if all(correlation(thumbnails[better], each) <= alike for better in places):
            places.append(place)
    return places


def diversified(results: Sequence[TopResult], count: int, alike: float) -> list[TopResult]:
    """Results without near-duplicates: of each unit's pictures those that :func:`kept` keeps.

    Args:
        results: of searches for ``POOL`` times as many pictures.
        count: pictures of each unit.
        alike: correlation above which two pictures are near-duplicates.
    """
    seen: dict[int, NDArray[np.float64]] = {}
    diverse = []
    for result in results:
        for place, index in enumerate(result.indices):
            if index not in seen:
                seen[index] = thumbnail(result.picture(place))
        places = kept([seen[index] for index in result.indices], count, alike)
        looked_at = places[-1] + 1 if len(places) == count else len(result.indices)
        skipped = looked_at - len(places)
        diverse.append(_only(result, places, _notes(len(places), skipped, count, alike)))
    return diverse


def _only(result: TopResult, places: Sequence[int], notes: tuple[str, ...]) -> TopResult:
    return replace(
        result,
        indices=tuple(result.indices[place] for place in places),
        activations=tuple(result.activations[place] for place in places),
        positions=tuple(result.positions[place] for place in places),
        maps=result.maps[list(places)],
        notes=(*result.notes, *notes),
    )


def _notes(found: int, skipped: int, count: int, alike: float) -> tuple[str, ...]:
    if not skipped:
        return ()
    note = f"{counted(skipped, 'picture')} left out that a better one resembles (thumbnails correlate above {alike:g})"
    return (note, f"the best {POOL * count} pictures hold only {found} that are not alike")[: 1 + (found < count)]
