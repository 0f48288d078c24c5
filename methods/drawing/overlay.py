"""Maps of numbers laid over the photographs that they explain."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.drawing.colour_maps import coloured
from visualize.methods.drawing.highlight import greyed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.methods.drawing.palette import Palette
    from visualize.methods.drawing.panel import Picture


@dataclass(frozen=True, kw_only=True)
class Overlay:
    """Way in which a map is laid over a photograph.

    The photograph is greyed the more, the more the map covers it; a place without strength shows the photograph.

    Args:
        colours: of the map, from little to much; with signed colours values below zero have a colour of their own.
        blur: width of the Gaussian that a map is blurred with before, as a share of the picture's longer side.
        opacity: how far the map covers the photograph, in 0..1: at 0 the photograph is left as it is, at 1 only the map
            is seen.

    Example:
        >>> photograph, strength = np.full((2, 2, 3), 200, np.uint8), np.eye(2)
        >>> bool((Overlay(opacity=0).over(photograph, strength) == photograph).all())
        True
        >>> Overlay(opacity=1, colours="grey").over(photograph, strength)[..., 0].tolist()
        [[255, 0], [0, 255]]
    """

    colours: Palette = "inferno"
    blur: float = 0.01
    opacity: float = 0.75

    @property
    def signed(self) -> bool:
        """Whether what takes away is drawn as well as what adds."""
        return self.colours == "signed"

    def over(self, picture: Picture, values: NDArray[np.floating]) -> Picture:
        """Lay a map over a photograph.

        Args:
            picture: H x W x 3, RGB, uint8.
            values: H x W, in 0..1; in -1..1 with signed colours.

        Returns:
            H x W x 3, uint8, a new array.
        """
        clipped = np.clip(values, -1 if self.signed else 0, 1)[..., None]
        steep = 4 if self.signed else 1  # else lines of bare photograph part what adds from what takes away
        share = self.opacity * np.abs(clipped) ** (steep * (1 - self.opacity))
        ground = (1 - self.opacity) * picture + self.opacity * greyed(picture)
        shown = (1 - share) * ground + share * coloured(clipped[..., 0], self.colours)
        return np.asarray(np.rint(shown), np.uint8)


def blurred(values: NDArray[np.floating], width: float) -> NDArray[np.float64]:
    """Values blurred by a Gaussian; the borders are mirrored, so that nothing is lost there.

    Args:
        values: H x W.
        width: the Gaussian's standard deviation, pixels; 0 changes nothing.
    """
    result = np.asarray(values, np.float64)
    reach = min(math.ceil(4 * width), *(side - 1 for side in result.shape))
    if width <= 0 or reach < 1:
        return result
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    weights /= weights.sum()
    for axis in (0, 1):
        padded = np.pad(result, [(reach, reach) if axis == side else (0, 0) for side in (0, 1)], mode="symmetric")
        size = result.shape[axis]
        result = sum(
            (weight * padded.take(range(place, place + size), axis) for place, weight in enumerate(weights)),
            np.zeros_like(result),
        )
    return result
