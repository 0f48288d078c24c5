"""A probe set whose pictures and labels stay in memory once they were read, as far as there is room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.labelled import Concept, Labelled, Labels

Item = TypeVar("Item")

_ROOM = 400 << 20  # bytes


class HeldPictures:
    """Labelled set that reads each picture once: hundreds of units share their best photographs.

    Args:
        labelled: the set; its pictures are those of this one, so that results on either stand for both.
        room: bytes that pictures, and labels, may each take.
    """

    def __init__(self, labelled: Labelled, room: int = _ROOM) -> None:
        self.labelled = labelled
        self._pictures: _Held[NDArray[np.uint8]] = _Held(room)
        self._labels: _Held[Labels] = _Held(room)

    @property
    def name(self) -> str:
        """The set's name."""
        return self.labelled.name

    def __len__(self) -> int:
        return len(self.labelled)

    def file(self, index: int) -> str:
        """Name of a picture."""
        return self.labelled.file(index)

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        """A picture, which nobody may change."""
        return self._pictures.get((index, str(preparation)), lambda: self._read(index, preparation), _size)

    def _read(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        return np.array(self.labelled.load(index, preparation))

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories of the labels; none of a set without."""
        return self.labelled.categories

    @property
    def concepts(self) -> Sequence[Concept]:
        """Every concept."""
        return self.labelled.concepts

    @property
    def fingerprint(self) -> str:
        """The set's fingerprint."""
        return self.labelled.fingerprint

    def label_shape(self, preparation: Preparation) -> tuple[int, int]:
        """Rows and columns of label maps."""
        return self.labelled.label_shape(preparation)

    def labels(self, index: int, preparation: Preparation) -> Labels:
        """Labels of a picture, which nobody may change."""
        return self._labels.get(
            (index, str(preparation)), lambda: self.labelled.labels(index, preparation), _size_of_labels
        )


def _size(picture: NDArray[Any]) -> int:
    return picture.nbytes


def _size_of_labels(labels: Labels) -> int:
    return sum(np.asarray(item).nbytes for maps in labels.values() for item in maps)


class _Held(Generic[Item]):
    """Whatever was read, the least recently used of which goes first."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._taken = 0
        self._items: OrderedDict[tuple[int, str], tuple[Item, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[int, str], read: Callable[[], Item], size: Callable[[Item], int]) -> Item:
        """An item, read by ``read`` where it is not there."""
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
                return self._items[key][0]
        item = read()
        taken = size(item)
        with self._lock:
            if key not in self._items:
                self._items[key] = (item, taken)
                self._taken += taken
            while self._taken > self._room and len(self._items) > 1:
                _, (_, freed) = self._items.popitem(last=False)
                self._taken -= freed
        return item
