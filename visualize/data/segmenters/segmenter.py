"""A segmenter: whatever gives a class to every pixel of a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from visualize.data.files.label_maps import MOST_PIXELS
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.printable import printable

if TYPE_CHECKING:
    import PIL.Image
    from numpy.typing import NDArray

Segment = Callable[["NDArray[np.uint8]"], Any]
NOTHING = frozenset(
    {"", "background", "_background_", "__background__", "bg", "unlabeled", "unlabelled", "no label", "void", "ignore",
     "none", "nothing"}
)  # fmt: skip
"""Names of classes, in small letters, that stand for no label."""
MOST_CLASSES = 65_535
"""Classes that a segmenter may have."""

_LONGEST = 4  # times the shorter side that the longer one may have, once it is scaled
_LARGE = 1 << 14  # pixels: as if the input were so large, so that nothing is scaled down when a file is read


@dataclass(frozen=True, eq=False)
class Segmenter:
    """A network, or a function, that gives a class to every pixel of a picture.

    Args:
        name: as it was asked for.
        identity: hexadecimal digits that change with its weights, or with its code.
        classes: number that maps hold -> the class's name; those of :data:`NOTHING` are no label.
        segment: gives a map of rows x columns of such numbers for a picture, H x W x 3, RGB, uint8.
        prepare: scales pictures for it; nothing is cut off.
    """

    name: str
    identity: str
    classes: Mapping[int, str]
    segment: Segment
    prepare: Whole

    def __call__(self, picture: NDArray[np.uint8]) -> NDArray[np.uint16]:
        """Classes of a picture's pixels, rows x columns; those that have no name are no label, 0 by convention.

        Raises:
            InputError: what comes out is no map of the picture: it may be finer or coarser, and as a picture that was
                scaled to a whole number of rows and columns.
        """
        values = np.asarray(self.segment(picture))
        fits = values.ndim == 2 and values.dtype.kind in "iub" and 0 < values.size <= MOST_PIXELS
        if not fits or values.min() < 0 or values.max() > MOST_CLASSES:
            raise InputError(
                f"{printable(self.name)} gives {values.shape} of {values.dtype}; expected a map of rows x columns of "
                f"whole numbers from 0 to {MOST_CLASSES:,}, of at most {MOST_PIXELS:,} pixels"
            )
        if not _covers(values.shape, picture.shape):
            raise InputError(
                f"{printable(self.name)} gives a map of {values.shape[0]} x {values.shape[1]} for a picture of "
                f"{picture.shape[0]} x {picture.shape[1]}, which is no scaled one; expected rows x columns as the "
                f"picture has them"
            )
        return values.astype(np.uint16)


def _covers(shape: tuple[int, ...], picture: tuple[int, ...]) -> bool:
    """Whether rows and columns are those of a scaled picture, each rounded to the next whole number at most."""
    least = max((places - 1) / length for places, length in zip(shape, picture, strict=False))
    most = min((places + 1) / length for places, length in zip(shape, picture, strict=False))
    return least <= most


class Whole(Preparation):
    """Scales the shorter side to ``size``, the longer one in proportion, and cuts nothing off.

    Example:
        >>> from PIL import Image
        >>> Whole((520, 520)).fit(Image.new("RGB", (500, 375))).size
        (693, 520)
    """

    def fit(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """Scale a Pillow picture (bilinear, antialiased); a large ``size`` leaves it as it is."""
        from PIL import Image

        side, short = self.size[0], min(picture.size)
        if side >= _LARGE or side == short:
            return picture
        wide, tall = (min(side * length // short, _LONGEST * side) for length in picture.size)
        return picture.resize((wide, tall), Image.Resampling.BILINEAR)


AS_IT_IS = Whole((_LARGE, _LARGE))
"""Pictures as their files have them."""
