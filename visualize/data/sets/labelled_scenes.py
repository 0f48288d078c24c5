"""The embedded scenes as a labelled probe set, in Broden's six categories."""

from __future__ import annotations

import functools
import hashlib
import threading
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from visualize.data.files.registration import half, register
from visualize.data.sets.sampling import chosen
from visualize.methods.pictures.labelled import Concept
from visualize.scenes.scenes import Scene, Scenes
from visualize.scenes.vocabulary import CATEGORIES, CONCEPTS, NUMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.data.files.registration import Size
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.labelled import Labels

_WHOLE = "scene"  # the category of the label that holds for the whole picture


class LabelledScenes(Scenes):
    """Scenes with their labels; see :class:`visualize.methods.pictures.labelled.Labelled`.

    Pictures are those of :class:`Scenes`. Label maps have half the height and width of the network's input.

    Args:
        count: how many pictures.
        seed: chooses the pictures; different seeds share none.

    Raises:
        InputError: a number is out of range.
    """

    def __init__(self, count: int = 300, seed: int = 0) -> None:
        super().__init__(count, seed)
        self._categories: tuple[str, ...] = CATEGORIES
        self._last = threading.local()

    def only(self, categories: Sequence[str]) -> LabelledScenes:
        """A probe set of the same pictures with some of the categories.

        Raises:
            InputError: there is no such category.
        """
        narrowed = LabelledScenes(self._count, self._seed)
        narrowed._categories = chosen(categories, self._categories, self.name)
        return narrowed

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories, in the order in which tables list them."""
        return self._categories

    @functools.cached_property
    def concepts(self) -> Sequence[Concept]:
        """Every concept, in rising order of numbers."""
        return [
            Concept(concept.number, concept.name, concept.category)
            for concept in CONCEPTS
            if concept.category in self._categories
        ]

    @functools.cached_property
    def fingerprint(self) -> str:
        """SHA-256 of what the scenes are drawn from, and of the first one as it comes out."""
        digest = hashlib.sha256(repr((self.name, self._categories, self.concepts, len(self), self.number(0))).encode())
        digest.update(self.scene(0).image.tobytes())
        return digest.hexdigest()

    def scene(self, index: int) -> Scene:
        """Scene ``index`` with its labels; a thread that asks for the same one again is given it without drawing."""
        last: tuple[int, Scene] | None = getattr(self._last, "scene", None)
        if last is None or last[0] != index:
            last = self._last.scene = (index, super().scene(index))
        return last[1]

    def label_shape(self, preparation: Preparation) -> Size:
        """Rows and columns of every label map: half of the input's."""
        return half(preparation)

    def labels(self, index: int, preparation: Preparation) -> Labels:
        """Labels of scene ``index``, as the prepared picture shows it; "scene" is one number for the whole picture."""
        labels: dict[str, list[NDArray[np.int32] | int]] = {}
        if self._categories == (_WHOLE,):  # which is known without drawing the scene
            return {_WHOLE: [NUMBERS[_WHOLE][self.kind(self._checked(index))]]}
        scene = self.scene(index)
        size = scene.image.shape[:2]
        for category in self._categories:
            maps = scene.labels[category]
            if category == _WHOLE:
                labels[category] = [int(maps[0][0, 0])]
            else:
                labels[category] = [register(label_map, size, preparation).astype(np.int32) for label_map in maps]
        return labels

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        """Scene ``index`` brought to ``preparation.size``: H x W x 3, RGB, uint8; a copy of the caller's own."""
        return np.array(preparation.fit(Image.fromarray(self.scene(index).image)), np.uint8)


class KeptScenes(LabelledScenes):
    """Scenes that stay in memory once they are drawn, for networks that look at them one after the other.

    Args:
        count: how many pictures; each takes a quarter of a megabyte.
        seed: chooses the pictures; see :class:`LabelledScenes`, whose numbers these are.

    Example:
        >>> scenes = KeptScenes(2)
        >>> scenes.scene(1) is scenes.scene(1), scenes.fingerprint == LabelledScenes(2).fingerprint
        (True, True)
    """

    def __init__(self, count: int = 300, seed: int = 0) -> None:
        super().__init__(count, seed)
        self._drawn: dict[int, Scene] = {}

    def scene(self, index: int) -> Scene:
        """Scene ``index`` with its labels, drawn when it is first asked for."""
        if index not in self._drawn:
            self._drawn[index] = super().scene(index)
        return self._drawn[index]
