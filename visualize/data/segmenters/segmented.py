"""Pictures as a labelled probe set, by the label maps of a segmenter."""

from __future__ import annotations

import functools
import hashlib
import json
import threading
from typing import TYPE_CHECKING

import numpy as np

from visualize.data.files.registration import register
from visualize.data.segmenters.kept_maps import KeptMaps, picture_key, pixel_key
from visualize.data.segmenters.segmenter import NOTHING
from visualize.data.sets.colour_names import Unlabelled
from visualize.data.sets.relabelled import Relabelled
from visualize.data.sets.sampling import chosen
from visualize.methods.errors import InputError
from visualize.methods.pictures.images import Measured
from visualize.methods.pictures.labelled import Concept
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.data.segmenters.segmenter import Segmenter
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.images import Images
    from visualize.methods.pictures.labelled import Labels

CATEGORY = "object"


class Segmented(Relabelled):
    """Pictures whose labels a segmenter gives; see :class:`visualize.methods.pictures.labelled.Labelled`.

    A picture is segmented when its labels are first asked for, one at a time, whole and uncropped; the map is kept in
    the cache. Numbers of concepts are those of the segmenter's classes and one more.

    Args:
        images: the pictures.
        segmenter: gives a class to every pixel.

    Raises:
        InputError: the segmenter names no class.

    Example:
        >>> from visualize.data.segmenters.segmenter import AS_IT_IS, Segmenter
        >>> from visualize.methods import Preparation, Stack
        >>> light = Segmenter("light", "0", {0: "", 1: "light"}, lambda picture: picture[..., 0] // 128, AS_IT_IS)
        >>> half_light = np.repeat([[0], [255]], 8, 0)[..., None] * np.ones((16, 16, 3))
        >>> lamps = Segmented(Stack([half_light.astype(np.uint8)]), light)
        >>> lamps.concepts[0].name, lamps.labels(0, Preparation((4, 4)))["object"][0].tolist()
        ('light', [[0, 0], [2, 2]])
    """

    def __init__(self, images: Images, segmenter: Segmenter) -> None:
        super().__init__(images)
        self._segmenter = segmenter
        named = {number: name.strip() for number, name in segmenter.classes.items()}
        self._numbers = {number: number + 1 for number, name in named.items() if name.lower() not in NOTHING}
        if not self._numbers:
            raise InputError(f"{segmenter.name} names no class but the background")
        self._kept, self._turn = KeptMaps(segmenter.identity), threading.Lock()
        self.concepts: Sequence[Concept] = [
            Concept(concept, named[number], CATEGORY) for number, concept in sorted(self._numbers.items())
        ]

    @property
    def name(self) -> str:
        """The set's name, with the segmenter's."""
        return f"{self._images.name} by {self._segmenter.name.rpartition('/')[2]}"

    @property
    def categories(self) -> tuple[str, ...]:
        """One: all classes of a segmenter are objects."""
        return (CATEGORY,)

    @property
    def notes(self) -> Sequence[str]:
        """Where labels come from."""
        return (f"labels are those of {self._segmenter.name}, a network or function, not of people",)

    def only(self, categories: Sequence[str]) -> Segmented:
        """The set itself, which has one category.

        Raises:
            InputError: it has no such category.
        """
        chosen(categories, self.categories, self.name)
        return self

    @functools.cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the pictures' names and lengths, and of the segmenter."""
        own = getattr(self._images, "fingerprint", None)
        pictures = own if isinstance(own, str) else Unlabelled(self._images).fingerprint
        classes = sorted(self._segmenter.classes.items())
        return hashlib.sha256(json.dumps([pictures, self._segmenter.identity, classes]).encode()).hexdigest()

    def labels(self, index: int, preparation: Preparation) -> Labels:
        """Labels of a picture, as the prepared picture shows it.

        Raises:
            BrokenImage: the picture cannot be read.
            InputError: the segmenter fails, or gives no map.
        """
        classes = self.classes(index)
        size = self._images.size(index) if isinstance(self._images, Measured) else classes.shape
        shown = register(classes, (int(size[0]), int(size[1])), preparation, self.label_shape(preparation))
        return {CATEGORY: [self._table[shown]]}

    def classes(self, index: int) -> NDArray[np.uint16]:
        """The segmenter's map of a whole picture, rows x columns, from the cache where it is kept."""
        key = picture_key(self._images, index)
        kept = None if key is None else self._kept.read(key)
        if kept is not None:
            return kept
        picture = self._images.load(index, self._segmenter.prepare)
        key = key or pixel_key(picture)
        with self._turn:
            kept = self._kept.read(key)
            if kept is None:
                kept = self._segmented(picture, index)
                self._kept.write(key, kept)
        return kept

    def _segmented(self, picture: NDArray[np.uint8], index: int) -> NDArray[np.uint16]:
        try:
            return self._segmenter(picture)
        except InputError as fault:
            raise InputError(f"{printable(self._images.file(index))}: {fault}") from fault

    @functools.cached_property
    def _table(self) -> NDArray[np.int32]:
        """Number of a class -> number of a concept, 0 for no label."""
        table = np.zeros(1 << 16, np.int32)
        for number, concept in self._numbers.items():
            table[number] = concept
        return table
