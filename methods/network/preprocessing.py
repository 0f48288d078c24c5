"""How a picture becomes a network's input: geometry in Pillow, values differentiably in torch."""

from __future__ import annotations

import dataclasses
import functools
import math
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import PIL.Image
    from torch import Tensor

    from visualize.methods.provenance import Json


_RGB = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
_ORDERS = ("RGB", "BGR", "L")
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, the weights of Pillow's mode "L"


@dataclass(frozen=True)
class Preparation:
    """The way from an RGB picture to a network's input, as a value: equal ones are equal keys of a dictionary.

    Values: ``input = (maximum * picture - mean) / std`` for a picture in 0..1, channel by channel in ``order``.
    Geometry: scale to ``resize``, then cut the centre ``size`` out.

    Args:
        size: (height, width) of the input, pixels.
        resize: the shorter side before the crop (int), or (height, width) to squash to; None goes straight to ``size``.
        order: the network's channels: "RGB", "BGR" (Caffe), or "L" (one grey channel, BT.601 luma).
        mean: one value a channel in the order of ``order``, in units of 0..``maximum``.
        std: one value a channel, in the same order and units: what the difference to the mean is divided by.
        maximum: the value of white: 1 or 255.

    Raises:
        InputError: a size is no two whole numbers of 1 or more, there are not as many means and deviations as channels,
            a deviation is zero, or a number is not finite.

    Example:
        >>> import torch
        >>> prepare = Preparation(size=(2, 2), mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
        >>> prepare(torch.ones(1, 3, 2, 2))[0, 0]
        tensor([[2., 2.],
                [2., 2.]])
    """

    size: tuple[int, int] = (224, 224)
    resize: int | tuple[int, int] | None = None
    order: Literal["RGB", "BGR", "L"] = "RGB"
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    maximum: float = 1.0

    def __post_init__(self) -> None:
        _set(self, size=_sides(self.size, "size"), resize=_resized(self.resize))
        _set(self, mean=_numbers(self.mean, "mean"), std=_numbers(self.std, "std"))
        if self.order not in _ORDERS:
            raise InputError(f"the order of channels is one of {', '.join(_ORDERS)}, not {self.order!r}")
        if {len(self.mean), len(self.std)} != {len(self.order)} or 0 in self.std:
            raise InputError(
                f"a preparation for {self.order} needs {len(self.order)} means and {len(self.order)} non-zero "
                f"deviations, not {self.mean} and {self.std}"
            )
        if not (math.isfinite(self.maximum) and self.maximum > 0):
            raise InputError(f"the value of white is 1 or 255, not {self.maximum}")

    def __call__(self, pictures: Tensor) -> Tensor:
        """Prepare values; differentiable, whatever the height and width.

        Args:
            pictures: N x 3 x H x W, RGB in 0..1.

        Returns:
            N x C x H x W as the network expects it, C = len(order), on the same device and in the same dtype.
        """
        from visualize.methods.network.affine import affine

        # three passes over the pictures, for order, scale and mean, would show in a step of gradient ascent
        return affine(pictures, *self._linear)

    @functools.cached_property
    def _linear(self) -> tuple[tuple[tuple[float, ...], ...], tuple[tuple[float, ...], ...]]:
        """The matrix (channels x 3) and the offset (channels x 1) that take RGB in 0..1 to the input."""
        rows = [_LUMA] if self.order == "L" else [_RGB["RGB".index(channel)] for channel in self.order]
        scales = [self.maximum / std for std in self.std]
        matrix = tuple(tuple(scale * share for share in row) for scale, row in zip(scales, rows, strict=True))
        return matrix, tuple((-mean / std,) for mean, std in zip(self.mean, self.std, strict=True))

    def document(self) -> dict[str, Json]:
        """Values by name, ready for JSON; :meth:`of` makes the preparation of them again."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in ((item.name, getattr(self, item.name)) for item in dataclasses.fields(self))
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Preparation of what :meth:`document` gave, whatever JSON made of it.

        Raises:
            InputError: a value cannot be.
        """
        plain: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in document.items()
        }
        return cls(**plain)

    def fit(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """Bring a Pillow picture to ``size`` (bilinear, antialiased); one that has that size is returned as it is."""
        from PIL import Image

        height, width = self.size
        if picture.size == (width, height):
            return picture
        tall, wide, top, left = self.window(picture.height, picture.width)
        picture = picture.resize((wide, tall), Image.Resampling.BILINEAR)
        return picture.crop((left, top, left + width, top + height))

    def window(self, tall: int, wide: int) -> tuple[int, int, int, int]:
        """Where :meth:`fit` looks in a picture of that height and width, so that labels can follow it.

        Returns:
            height and width that the picture is scaled to, then top and left of the ``size`` that is cut out, pixels.
        """
        height, width = self.size
        if (tall, wide) != self.size:
            tall, wide = self._scaled(tall, wide)
        return tall, wide, round((tall - height) / 2), round((wide - width) / 2)

    def _scaled(self, tall: int, wide: int) -> tuple[int, int]:
        """Height and width before the crop, never smaller than ``size``."""
        if isinstance(self.resize, tuple):
            return self.resize
        if self.resize is None:
            return self.size
        short = min(tall, wide)
        return max(self.size[0], self.resize * tall // short), max(self.size[1], self.resize * wide // short)


def _set(preparation: Preparation, **values: object) -> None:
    """Put values in place while a frozen preparation is made."""
    for name, value in values.items():
        object.__setattr__(preparation, name, value)


def _sides(given: Sequence[int], name: str) -> tuple[int, int]:
    """Height and width as plain numbers, however they are given."""
    try:
        height, width = (operator.index(side) for side in given)
    except (TypeError, ValueError) as fault:
        raise InputError(f"the {name} of a preparation is (height, width) in whole pixels, not {given!r}") from fault
    if height < 1 or width < 1:
        raise InputError(f"the {name} of a preparation is 1 x 1 pixels or more, not {height} x {width}")
    return height, width


def _resized(given: int | Sequence[int] | None) -> int | tuple[int, int] | None:
    """The size before the crop as plain numbers."""
    if given is None:
        return None
    if isinstance(given, tuple | list):
        return _sides(given, "resize")
    side = _sides((given, given), "resize")  # type: ignore[arg-type] # a number, of whatever library
    return side[0]


def _numbers(given: Sequence[float], name: str) -> tuple[float, ...]:
    """Values of channels as plain numbers, whatever holds them."""
    try:
        numbers = tuple(float(value) for value in given)
    except (TypeError, ValueError) as fault:
        raise InputError(f"the {name} of a preparation is one number for each channel, not {given!r}") from fault
    if not all(map(math.isfinite, numbers)):
        raise InputError(f"the {name} of a preparation holds a value that is no finite number: {numbers}")
    return numbers
