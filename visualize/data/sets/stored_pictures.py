"""Sets whose pictures and label maps are files of a file format of their own: what they share."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Self

from visualize.data.files.label_maps import read_indices
from visualize.data.files.picture_files import picture_size, read_picture
from visualize.data.files.registration import half, register, upright
from visualize.data.sets.sampling import chosen
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import BinaryIO

    import numpy as np
    from numpy.typing import NDArray

    from visualize.data.files.registration import Size
    from visualize.methods.network.preprocessing import Preparation

    File = str | Path | BinaryIO


class StoredPictures(ABC):
    """Pictures that are read out of something larger; see :class:`visualize.methods.pictures.labelled.Labelled`.

    Args:
        name: what to call the set.
        categories: in the order in which tables list them.
        places: numbers of the pictures that are looked at, among all that are stored.
    """

    def __init__(self, name: str, categories: Sequence[str], places: Sequence[int]) -> None:
        self._name, self._categories, self._places = name, tuple(categories), places

    @abstractmethod
    def file(self, index: int) -> str:
        """The name of a picture within the set."""

    @abstractmethod
    def _picture(self, index: int) -> Any:  # noqa: ANN401 (a path or a file in memory)
        """The picture's file.

        Raises:
            BrokenImage: it cannot be read.
        """

    def only(self, categories: Sequence[str]) -> Self:
        """A probe set of the same pictures with some of the categories.

        Raises:
            InputError: it has no such category.
        """
        narrowed = copy.copy(self)
        narrowed.__dict__["_categories"] = chosen(categories, self._categories, self._name)
        for kept in ("concepts", "fingerprint"):
            narrowed.__dict__.pop(kept, None)
        return narrowed

    @property
    def name(self) -> str:
        """The name of the whole set."""
        return self._name

    @property
    def categories(self) -> tuple[str, ...]:
        """Categories, in the order in which tables list them."""
        return self._categories

    def __len__(self) -> int:
        return len(self._places)

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        """A picture brought to ``preparation.size``: H x W x 3, RGB, uint8.

        Raises:
            BrokenImage: it cannot be read.
        """
        return read_picture(self._picture(index), preparation, name=self.file(index))

    def label_shape(self, preparation: Preparation) -> Size:
        """Rows and columns of every label map: half of the input's."""
        return half(preparation)

    def _registered(self, index: int, stored: File, preparation: Preparation) -> NDArray[Any]:
        """Values of a label map's file, as the prepared picture shows them.

        Raises:
            BrokenImage: the map or the picture cannot be read.
            InputError: the map is not of the picture's size.
        """
        values = read_indices(stored, self.file(index))  # type: ignore[arg-type]  # a path as text serves as well
        tall, wide, orientation = picture_size(self._picture(index), name=self.file(index))
        if values.shape != (tall, wide):
            raise InputError(
                f"the label map of {self.file(index)} is {values.shape[1]} x {values.shape[0]} pixels; expected "
                f"{wide} x {tall}, the size of its picture"
            )
        size = (wide, tall) if orientation > 4 else (tall, wide)
        return register(upright(values, orientation), size, preparation)
