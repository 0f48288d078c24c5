"""Pictures that dreams begin with: photographs at the size of the dream, or noise."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch

from visualize.methods.errors import InputError
from visualize.methods.pictures.images import Measured

if TYPE_CHECKING:
    from torch import Tensor

    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.images import Images

GREY, _SPREAD = 0.5, 0.06  # of the noise that a dream can start from


class Starts:
    """Pictures that dreams begin with, by their number.

    Args:
        images: the set.
        prepare: how its pictures become the network's input.
        size: the pictures': (height, width), input (the network's) or own (each photograph's).
        noise: the seed, where dreams begin with noise; None takes photographs.
    """

    def __init__(
        self,
        images: Images,
        prepare: Preparation,
        size: tuple[int, int] | Literal["input", "own"],
        *,
        noise: int | None,
    ) -> None:
        self._images = images
        self._prepare = prepare
        self._size = size
        self._noise = noise
        self._sizes: dict[int, tuple[int, int]] = {}

    def file(self, index: int) -> str:
        """Name of a start."""
        return self._images.file(index)

    def size(self, index: int) -> tuple[int, int]:
        """Height and width of a start.

        Raises:
            InputError: the set does not know its pictures' own sizes, and these are asked for.
        """
        if not isinstance(self._size, str):
            return self._size
        if self._size == "input":
            return self._prepare.size
        if not isinstance(self._images, Measured):
            raise InputError(f"{self._images.name} does not know its pictures' own sizes; give size=(height, width)")
        if index not in self._sizes:
            self._sizes[index] = self._images.size(index)
        return self._sizes[index]

    def picture(self, index: int, size: tuple[int, int]) -> Tensor:
        """Photograph at a size, or noise: 3 x H x W, in 0..1."""
        if self._noise is not None:
            generator = torch.Generator().manual_seed(self._noise)
            drawn = [torch.randn(3, *size, generator=generator) for _ in range(index + 1)][-1]
            return drawn.mul_(_SPREAD).add_(GREY).clamp_(0, 1)
        prepare = self._prepare
        if size != prepare.size:
            prepare = replace(prepare, size=size, resize=self._resize(index, size))
        picture = torch.from_numpy(np.array(self._images.load(index, prepare)))
        return picture.permute(2, 0, 1).float().div_(255)

    def _resize(self, index: int, size: tuple[int, int]) -> int | None:
        """Pixels that the shorter side is scaled to, so that the picture keeps its shape and covers the size."""
        if not isinstance(self._images, Measured):
            return None
        tall, wide = self._images.size(index)
        return math.ceil(max(size[0] / tall, size[1] / wide) * min(tall, wide))
