"""Probe sets, as methods ask for them. Reading files is not their business: `visualize.data` does that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from PIL import Image

from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.methods.network.preprocessing import Preparation


@runtime_checkable
class Images(Protocol):
    """An ordered set of pictures that can be scanned, in any order and from several threads at once.

    Example:
        Any class with these members will do, such as one that draws its pictures:

        >>> class Greys:
        ...     name = "greys"
        ...
        ...     def __len__(self):
        ...         return 3
        ...
        ...     def file(self, index):
        ...         return f"grey {index}"
        ...
        ...     def load(self, index, preparation):
        ...         return np.full((*preparation.size, 3), 80 * index, np.uint8)
        >>> isinstance(Greys(), Images)
        True
        >>> from visualize.methods import Preparation, Probe, TopImages
        >>> from torch import nn
        >>> probe = Probe(nn.Sequential(nn.AvgPool2d(4)), prepare=Preparation((16, 16)))
        >>> (result,) = TopImages(count=2)(probe, probe.unit("0:0"), Greys())
        >>> [result.images.file(index) for index in result.indices]
        ['grey 2', 'grey 1']
    """

    @property
    def name(self) -> str:
        """The name of the whole set."""

    def __len__(self) -> int:
        """How many pictures the set lists, broken ones included."""

    def file(self, index: int) -> str:
        """The name of picture ``index`` within the set; it need not be a file."""

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        """Picture ``index`` brought to ``preparation.size``: H x W x 3, RGB, uint8.

        Raises:
            BrokenImage: the picture cannot be read; a scan goes on without it.
        """


@runtime_checkable
class Measured(Protocol):
    """A probe set that knows how large its pictures are before any preparation."""

    def size(self, index: int) -> tuple[int, int]:
        """Height and width of picture ``index`` as it is seen upright, in pixels."""


@dataclass(frozen=True)
class Stack:
    """Pictures in memory as a probe set.

    Args:
        pictures: arrays H x W x 3, RGB, uint8; they may differ in size.
        name: what to call the set.

    Raises:
        InputError: a picture has another shape or dtype.

    Example:
        >>> from visualize.methods import Preparation
        >>> stack = Stack([np.zeros((30, 40, 3), np.uint8)] * 2, name="nights")
        >>> len(stack), stack.file(1), stack.size(1)
        (2, 'nights/1', (30, 40))
        >>> stack.load(1, Preparation((16, 20))).shape
        (16, 20, 3)
    """

    pictures: Sequence[NDArray[np.uint8]]
    name: str = "pictures"

    def __post_init__(self) -> None:
        for number, picture in enumerate(self.pictures):
            if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
                raise InputError(
                    f"picture {number} of {self.name} is {picture.shape} of {picture.dtype}; "
                    f"expected H x W x 3 of uint8"
                )

    def __len__(self) -> int:
        return len(self.pictures)

    def file(self, index: int) -> str:
        """The picture's number in the stack."""
        return f"{self.name}/{index}"

    def size(self, index: int) -> tuple[int, int]:
        """Height and width of picture ``index``."""
        tall, wide = self.pictures[index].shape[:2]
        return tall, wide

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        """Picture ``index`` as the preparation fits it: H x W x 3, RGB, uint8."""
        return np.asarray(preparation.fit(Image.fromarray(self.pictures[index])))


def own_size(images: Images, index: int) -> tuple[int, int]:
    """Height and width of a picture of a set, if the set knows it.

    Raises:
        InputError: it does not.
    """
    if not isinstance(images, Measured):
        raise InputError(f"{images.name} does not know its pictures' own sizes; give a height and a width")
    return images.size(index)


@dataclass(frozen=True)
class Subset:
    """Some pictures of a probe set, in any order, as a probe set.

    Args:
        images: the whole set.
        indices: the places of the pictures in the whole set.
    """

    images: Images
    indices: tuple[int, ...]

    @property
    def name(self) -> str:
        """The name of the whole set."""
        return self.images.name

    def __len__(self) -> int:
        return len(self.indices)

    def file(self, index: int) -> str:
        """The name that the picture has in the whole set."""
        return self.images.file(self.indices[index])

    def size(self, index: int) -> tuple[int, int]:
        """Height and width of the picture, if the whole set knows it.

        Raises:
            InputError: the whole set does not know its pictures' sizes.
        """
        return own_size(self.images, self.indices[index])

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        """The picture as the whole set loads it: H x W x 3, RGB, uint8."""
        return self.images.load(self.indices[index], preparation)
