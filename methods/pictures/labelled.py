"""Labelled probe sets, as Network Dissection asks for them. Reading files is the business of `visualize.data`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from numpy.typing import NDArray

from visualize.methods.pictures.images import Images

if TYPE_CHECKING:
    from visualize.methods.network.preprocessing import Preparation


Labels = Mapping[str, Sequence[NDArray[Any] | int]]
"""Labels of one picture: category -> label maps (rows x columns of concept numbers, 0 where there is no label) and
whole-picture concept numbers. A category that is missing, empty, or without any concept is not annotated there."""


@dataclass(frozen=True)
class Concept:
    """One thing that pictures are labelled with.

    Args:
        number: what label maps hold for it, from 1; unique in the set, over all categories.
        name: such as ``"car"``.
        category: such as ``"object"``; of a concept that occurs in two, the one in which it covers most.

    Example:
        >>> Concept(1, "car", "object").name
        'car'
    """

    number: int
    name: str
    category: str


@runtime_checkable
class Labelled(Images, Protocol):
    """A probe set whose pictures are labelled, wholly or in part, pixel by pixel or as wholes.

    Example:
        A picture has label maps, and numbers that hold for the whole picture, by category. Such a set in memory:

        >>> import numpy as np
        >>> from visualize.methods import Preparation
        >>> from visualize.methods.testing.subjects import LabelledNoise
        >>> road, preparation = np.zeros((10, 14), int), Preparation((20, 28))
        >>> road[2:6, 3:10] = 1
        >>> labelled = LabelledNoise([np.zeros((20, 28, 3), np.uint8)], [{"object": [road], "scene": [7]}])
        >>> isinstance(labelled, Labelled)
        True
        >>> names = {concept.number: concept.name for concept in labelled.concepts}
        >>> (objects,), (scene,) = labelled.labels(0, preparation).values()
        >>> names[objects[2, 3]], names[scene], objects.shape == labelled.label_shape(preparation)
        ('car', 'street', True)
    """

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories, in the order in which tables list them."""

    @property
    def concepts(self) -> Sequence[Concept]:
        """Every concept, in rising order of numbers."""

    @property
    def fingerprint(self) -> str:
        """Hexadecimal SHA-256 that changes when the pictures or labels listed do."""

    def label_shape(self, preparation: Preparation) -> tuple[int, int]:
        """Rows and columns of every label map that :meth:`labels` gives for this preparation."""

    def labels(self, index: int, preparation: Preparation) -> Labels:
        """Labels of picture ``index``, brought to the geometry that ``load`` gives the picture.

        Raises:
            BrokenImage: a label map cannot be read; a scan goes on without the picture.
            InputError: a label that the set does not know, or a map of a wrong size: the set itself is wrong.
        """
