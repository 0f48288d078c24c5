"""Classes of pictures, as the data name them or as the network itself sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from visualize.methods.network.unit_text import class_index
from visualize.methods.pictures.images import Subset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.methods.pictures.images import Images

ITSELF = (
    "its own answers with all units stand for the truth, so that all rates are agreement with itself, 1 as long as "
    "nothing is removed"
)
"""Sentence on pictures whose classes are not known."""


@runtime_checkable
class Sorted(Protocol):
    """A probe set that knows what each picture as a whole is called, such as by the folder that it lies in."""

    def kind(self, index: int) -> str:
        """The name of what picture ``index`` shows; "" where it has none."""


def kinds(images: Images) -> tuple[str, ...]:
    """Name that the set has for each picture; none where it does not know.

    Example:
        >>> class Nights:
        ...     name = "nights"
        ...
        ...     def __len__(self):
        ...         return 2
        ...
        ...     def kind(self, index):
        ...         return "night"
        >>> kinds(Nights())
        ('night', 'night')
    """
    if isinstance(images, Subset):
        whole = images.images
        return tuple(whole.kind(place) for place in images.indices) if isinstance(whole, Sorted) else ()
    return tuple(images.kind(place) for place in range(len(images))) if isinstance(images, Sorted) else ()


def numbers_of(names: Sequence[str], classes: Sequence[str]) -> NDArray[np.int64]:
    """The network's class that each name means, -1 where it means none.

    Args:
        names: as the data have them; capitals, spaces, hyphens and underscores are all one.
        classes: names of the network's classes.

    Example:
        >>> numbers_of(["Living Room", "street", "shed"], ["street", "living_room"]).tolist()
        [1, 0, -1]
    """
    known = {name: class_index(name, classes) for name in set(names) if name}
    return np.array([-1 if (number := known.get(name)) is None else number for name in names], np.int64)
