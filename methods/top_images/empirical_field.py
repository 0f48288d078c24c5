"""Empirical receptive field of a unit: what of its theoretical field its activation really hangs on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFilter

from visualize.methods.drawing.legend import Key, filled, lined
from visualize.methods.drawing.panel import Panel

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from visualize.methods.network.receptive_field.field import ReceptiveField
    from visualize.methods.provenance import Json
    from visualize.methods.unit import Unit


_LIGHT, _DARK = (247, 249, 252), (11, 60, 125)
_EDGE, _THICK = (255, 176, 0), 2
_SHOWN = 224  # pixels: the side that a map is drawn with


@dataclass(frozen=True, kw_only=True)
class EmpiricalField:
    """Part of a unit's top images that its activation hangs on, averaged around the peaks.

    Args:
        unit: the unit that was measured.
        drops: rows x columns, float64, 0 or more: how far the activation falls when a pixel is occluded. The middle is
            the centre of the peak's receptive field; of units whose field is the whole input, it is the peak's place.
        counts: rows x columns: in how many of the pictures each pixel lies inside the picture and is occluded.
        indices: the places of the pictures in their set.
        theoretical: the receptive field of the unit's layer; None if it sees the whole input.
        level: the part of the largest drop from which on a pixel belongs to the field.
        occlusions: how many places of the occluder were run, over all pictures; the others change nothing.
        places: how many places there are, over all pictures.

    Example:
        >>> import numpy as np
        >>> from visualize.methods import Preparation, Probe, Stack, TopImages
        >>> from torch import nn
        >>> probe = Probe(nn.Sequential(nn.AvgPool2d(4)), prepare=Preparation((16, 16)))
        >>> photograph = np.full((16, 16, 3), 255, np.uint8)
        >>> method = TopImages(count=1, empirical=1, occluder=1, stride=1)
        >>> (result,) = method(probe, probe.unit("0:0"), Stack([photograph]))
        >>> print(result.empirical.said)
        empirical field 3 x 3 px
        theoretical 4 x 4 px
    """

    unit: Unit
    drops: Tensor
    counts: Tensor
    indices: tuple[int, ...]
    theoretical: ReceptiveField | None
    level: float
    occlusions: int
    places: int

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Pixels of the field: rows x columns, where the drop reaches ``level`` of the largest; none if all are 0."""
        most = float(self.drops.max())
        mask: NDArray[np.bool_] = ((self.drops >= self.level * most) & (self.drops > 0)).numpy()
        return mask

    @property
    def side(self) -> float:
        """Size of the field as one number: the side of the square that has its area, pixels of the input."""
        return math.sqrt(int(self.mask.sum()))

    @property
    def said(self) -> str:
        """Empirical size beside the theoretical one, in words."""
        sees = self.theoretical
        theory = f"{sees.size[0]} x {sees.size[1]} px" if sees else "the whole input"
        return f"empirical field {self.side:.0f} x {self.side:.0f} px\ntheoretical {theory}"

    @property
    def legend(self) -> tuple[Key, ...]:
        """The line and the colour of the map of the drops."""
        return (
            lined(_EDGE, f"the empirical field: covering it costs {self.level:.0%} or more of what costs most"),
            filled(_DARK, "the darker, the more is lost by covering it"),
        )

    def panel(self) -> Panel:
        """Map of the drops, dark where the activation falls most, the field outlined, and both sizes under it."""
        drops = self.drops.numpy() / (float(self.drops.max()) or 1.0)
        colours = np.array(_LIGHT) + drops[..., None] * (np.array(_DARK) - np.array(_LIGHT))
        scale = max(1.0, _SHOWN / max(drops.shape))
        size = (round(drops.shape[1] * scale), round(drops.shape[0] * scale))
        drawn = Image.fromarray(np.rint(colours).astype(np.uint8)).resize(size, Image.Resampling.BILINEAR)
        inside = Image.fromarray(self.mask.astype(np.uint8)).resize(size, Image.Resampling.NEAREST)
        edge = np.asarray(inside) > np.asarray(inside.filter(ImageFilter.MinFilter(2 * _THICK + 1)))
        return Panel(np.where(edge[..., None], np.array(_EDGE), np.asarray(drawn)).astype(np.uint8), self.said)

    def facts(self) -> dict[str, Json]:
        """Numbers by name: side (pixels; None for a unit nothing lowers), level, images, occlusions, places."""
        return {
            "side": self.side or None,
            "level": self.level,
            "images": len(self.indices),
            "occlusions": self.occlusions,
            "places": self.places,
        }
