"""Pictures and label maps of other than 8 bits: their values as they are meant, or as they are stored."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from visualize.methods.errors import InputWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray


_BAND = 1 << 20  # pixels that are brought to 8 bits at a time, so that large pictures take little more memory
_LEVELS = {"1", "L", "P", "I", "I;16", "I;16B", "I;16L", "F"}
_CHANNELS = {"LA", "RGB", "RGBA"}
_SCALED = {"2": 85, "4": 17}  # what Pillow multiplies grey of fewer bits by
_LARGEST = (1 << 31) - 1
_TWELVE = 4095
_EIGHT = 255
_MOST = 25_000_000  # pixels of three times 12 bits, of which several copies are made


def raw_mode(picture: Image.Image) -> str:
    """How a picture that is not decoded yet is stored, in Pillow's words, such as "L;4"; "" where it does not tell."""
    tiles = getattr(picture, "tile", None)
    if not tiles:
        return ""
    arguments = tiles[0][3]
    first = arguments[0] if isinstance(arguments, tuple) and arguments else arguments
    return first if isinstance(first, str) else ""


def from_deep(picture: Image.Image) -> Image.Image:
    """Grey of 16 or 32 bits as RGB.

    Integers are 0..65535, or 0..4095 (12 bits) or 0..255 if none is above; floats are 0..1, or 0..255 if any is above.
    """
    picture.load()
    whole = picture.mode.startswith("I")
    most = max(float(values.max()) for _, values in _bands(picture))
    divisor = _range(most) / 255 if whole else 1.0
    factor = 255.0 if not whole and most <= 1 else 1.0
    grey = np.empty((picture.height, picture.width), np.uint8)
    for top, values in _bands(picture):
        scaled = values / divisor if whole else values * factor
        grey[top : top + len(values)] = np.rint(scaled.clip(0, 255)).astype(np.uint8)
    return Image.fromarray(grey).convert("RGB")


def is_twelve(picture: Image.Image) -> bool:
    """Whether a colour picture is stored in 16 bits and none of its values needs more than 12 of them."""
    if ";16" not in raw_mode(picture) or ("A" in picture.mode and picture.mode not in {"RGBA", "LA"}):
        return False
    picture.load()  # to 8 bits, the upper ones
    extrema = picture.getextrema()
    bands = extrema if isinstance(extrema[0], tuple) else (extrema,)
    colours = bands[:-1] if picture.mode in {"RGBA", "LA"} else bands
    return max(high for _, high in colours) <= _TWELVE >> 8


def from_twelve(upper: Image.Image, again: Image.Image) -> Image.Image:
    """A colour picture of 12 bits in 16, brought to 8 bits.

    Args:
        upper: the picture as Pillow decodes it: the upper 8 of 16 bits.
        again: the picture once more, not decoded yet, of which the lower 8 bits are taken.

    Raises:
        ValueError: the lower bits cannot be had.
    """
    try:
        values = sixteen_bits(upper, again)
    except ValueError as fault:
        raise ValueError("it holds at most 12 bits in 16, and would come out black; save it with 8 bits") from fault
    eight = np.array(upper)
    eight[..., :3] = np.rint(values[..., :3] * (255 / _range(float(values[..., :3].max()))))
    return Image.fromarray(eight)


def sixteen_bits(upper: Image.Image, again: Image.Image) -> NDArray[np.uint16]:
    """Values of a colour picture of 16 bits, of which Pillow decodes the upper 8 alone: rows x columns x channels.

    Args:
        upper: the picture, decoded.
        again: the picture once more, not decoded yet.

    Raises:
        ValueError: the lower bits cannot be had.
    """
    stored = raw_mode(again)
    other = stored.replace(";16B", ";16L")
    if other == stored or upper.width * upper.height > _MOST or again.format != "PNG" or stored == "LA;16B":
        raise ValueError("its channels have 16 bits, which cannot be read; save it as grey")
    again.tile = [(*tile[:3], other) for tile in again.tile]  # type: ignore[attr-defined]
    high, low = (np.asarray(part.convert(upper.mode)) for part in (upper, again))
    values: NDArray[np.uint16] = high.astype(np.uint16) * 256 + low
    return values


def stored_values(picture: Image.Image, again: Callable[[], Image.Image]) -> NDArray[Any]:
    """Values of a label map as its file holds them: rows x columns, or rows x columns x 3 where channels differ.

    Args:
        picture: not decoded yet.
        again: opens it once more.

    Raises:
        ValueError: they are no whole numbers from 0, or some are half-transparent.
    """
    raw = raw_mode(picture)
    if picture.mode not in _LEVELS:
        return _of_channels(picture, again, raw)
    largest = _stated_most(picture)
    values = np.asarray(picture)
    if largest:
        return np.rint(values * (largest / (255 if picture.mode == "L" else 65535))).astype(np.int32)
    if picture.mode == "L":
        return values // _SCALED.get(raw.partition(";")[2].rstrip("IR"), 1)
    if picture.mode == "F" and not (np.isfinite(values).all() and (values == np.floor(values)).all()):
        raise ValueError("it holds fractions, and a label is a whole number")
    if picture.mode in {"F", "I"}:
        if values.size and not 0 <= values.min() <= values.max() <= _LARGEST:
            raise ValueError(f"it holds {values.min():g} to {values.max():g}; labels are numbers from 0 to {_LARGEST}")
        return values.astype(np.int32)
    return values


def _stated_most(picture: Image.Image) -> int:
    """Largest value that the header of a PGM file states, which Pillow scales to its own; 0 where it does not."""
    tiles = getattr(picture, "tile", None)
    arguments = tiles[0][3] if tiles and picture.format == "PPM" and picture.mode in {"L", "I"} else None
    return next((item for item in arguments if isinstance(item, int)), 0) if isinstance(arguments, tuple) else 0


def _of_channels(picture: Image.Image, again: Callable[[], Image.Image], raw: str) -> NDArray[Any]:
    """Values of a label map of several channels: grey where those of colour are equal."""
    picture.load()
    if picture.mode not in _CHANNELS:
        picture = picture.convert("RGB")
    values = np.asarray(picture)
    if ";16" in raw:
        with again() as second:
            values = sixteen_bits(picture, second)
    colours = values if picture.mode == "RGB" else values[..., :-1]
    if picture.mode in {"LA", "RGBA"}:
        unclear = (values[..., -1] != values[..., -1].max()) & colours.any(axis=2)
        if unclear.any():
            raise ValueError("some of its labels are transparent; save it without transparency")
    if colours.shape[2] == 1 or bool((colours == colours[..., :1]).all()):
        return colours[..., 0]
    return colours


def _range(most: float) -> int:
    """Largest value that whole numbers of 16 bits may have, by the largest that they have."""
    if most > _TWELVE or most <= 0:
        return 65535
    bits, span = (12, _TWELVE) if most > _EIGHT else (8, _EIGHT)
    warnings.warn(
        f"a picture of 16 bits with no value above {span:,} is taken for one of {bits} bits, or it would be black",
        InputWarning,
        stacklevel=2,
    )
    return span


def _bands(picture: Image.Image) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """A grey picture's rows, some at a time: the first one's number, and their values without NaN."""
    rows = max(1, _BAND // picture.width)
    for top in range(0, picture.height, rows):
        part = picture.crop((0, top, picture.width, min(top + rows, picture.height)))
        yield top, np.nan_to_num(np.asarray(part, np.float64))
