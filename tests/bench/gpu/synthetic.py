"""Pictures and labels that are drawn, as many as Broden has and labelled about as densely, with nothing to read."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from visualize.data.files.picture_files import read_picture
from visualize.methods.pictures.labelled import Concept

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.labelled import Labels

BRODEN = 63_305
"""Pictures of Broden, to which seconds are scaled."""

_CONCEPTS = {"object": 584, "part": 234, "scene": 468, "material": 32, "texture": 47, "color": 11}  # as Broden has
_DRAWN = 256  # different pictures; the others are these, shifted


@dataclass(frozen=True)
class Drawn:
    """A labelled set in memory: smooth blobs of colour, every one of whose pictures is another.

    Of its pictures all have colours and objects, half have parts, a fifth materials, and each is a scene or a texture.

    Args:
        count: pictures.
        side: height and width of the pictures, pixels; label maps have half of it.
        names: files of the pictures, in turn, where they are decoded from files; none gives arrays.
    """

    count: int
    side: int
    names: tuple[Path, ...] = ()
    name: str = "drawn"

    @property
    def categories(self) -> tuple[str, ...]:
        return tuple(_CONCEPTS)

    @functools.cached_property
    def concepts(self) -> Sequence[Concept]:
        named = [(category, number) for category, many in _CONCEPTS.items() for number in range(many)]
        return [Concept(place, f"{category} {number}", category) for place, (category, number) in enumerate(named, 1)]

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(f"{self.count} {self.side} {len(self.names)}".encode()).hexdigest()

    def __len__(self) -> int:
        return self.count

    def file(self, index: int) -> str:
        return f"picture {index}"

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        if self.names:
            return read_picture(self.names[index % len(self.names)], preparation)
        picture: NDArray[np.uint8] = self._shifted(self._pictures, index)
        return picture

    def label_shape(self, preparation: Preparation) -> tuple[int, int]:
        return self.side // 2, self.side // 2

    def labels(self, index: int, preparation: Preparation) -> Labels:
        objects, parts, materials, colours = (self._shifted(maps, index) for maps in self._maps)
        first = {name: 1 + sum(list(_CONCEPTS.values())[:place]) for place, name in enumerate(_CONCEPTS)}
        kind, place = ("texture", index % 47) if index % 10 == 9 else ("scene", index * 7 % 468)
        labels: dict[str, Sequence[NDArray[Any] | int]] = {kind: [first[kind] + place], "color": [colours]}
        if kind == "scene":
            labels["object"] = [objects]
        if index % 2:
            labels["part"] = [parts]
        if index % 5 == 0:
            labels["material"] = [materials]
        return labels

    def _shifted(self, of: NDArray[Any], index: int) -> Any:  # noqa: ANN401 (an array of the same kind)
        turn, which = divmod(index, len(of))
        return np.roll(of[which], 3 * turn, axis=1)

    @functools.cached_property
    def _pictures(self) -> NDArray[np.uint8]:
        noise = np.random.default_rng(0)
        coarse = noise.integers(0, 256, (min(_DRAWN, self.count), 14, 14, 3), np.uint8)
        place = np.arange(self.side) * 14 // self.side
        smooth = coarse[:, place][:, :, place].astype(np.int16)
        shown: NDArray[np.int16] = np.clip(smooth + noise.integers(-40, 41, smooth.shape, np.int16), 0, 255)
        return shown.astype(np.uint8)

    @functools.cached_property
    def _maps(self) -> tuple[NDArray[np.int32], ...]:
        """Objects, parts, materials and colours: spots of a few concepts each."""
        noise, size = np.random.default_rng(1), self.side // 2
        place = np.arange(size) * 7 // size
        planes = []
        for category, kinds in (("object", 9), ("part", 7), ("material", 4), ("color", 8)):
            first = 1 + sum(list(_CONCEPTS.values())[: list(_CONCEPTS).index(category)])
            shown = noise.integers(0, _CONCEPTS[category], (min(_DRAWN, self.count), kinds)) + first
            spots = noise.integers(0, kinds, (len(shown), 7, 7))
            coarse = np.take_along_axis(shown, spots.reshape(len(shown), -1), 1).reshape(spots.shape)
            if category in {"part", "material"}:
                coarse[noise.random(coarse.shape) < 0.6] = 0
            planes.append(coarse[:, place][:, :, place].astype(np.int32))
        return tuple(planes)
