"""Labelled probe sets in memory."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.kit.pictures import arrays
from visualize.methods.errors import BrokenImage
from visualize.methods.pictures.images import Stack
from visualize.methods.pictures.labelled import Concept, Labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.methods.network.preprocessing import Preparation


@dataclass
class Held:
    """Pictures and their labels, none of them read from anywhere.

    Args:
        pictures: H x W x 3, RGB, uint8.
        annotations: of each picture, category -> label maps and whole-picture numbers.
        concepts: all of them.
        shape: rows and columns of the label maps.
        bad: pictures that are broken.
        bad_labels: pictures whose labels are.
        loads: the pictures that were loaded so far.
    """

    pictures: list[NDArray[np.uint8]]
    annotations: list[dict[str, list[Any]]]
    concepts: Sequence[Concept]
    shape: tuple[int, int]
    name: str = "held"
    bad: frozenset[int] = frozenset()
    bad_labels: frozenset[int] = frozenset()
    loads: list[int] = field(default_factory=list)

    @property
    def categories(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(concept.category for concept in self.concepts))

    @property
    def fingerprint(self) -> str:
        digest = hashlib.sha256()
        for index, labels in enumerate(self.annotations):
            for category, values in labels.items():
                for value in map(np.asarray, values):  # whose repr would take longer than the rest of a dissection
                    digest.update(f"{index} {category} {value.shape} {value.dtype} ".encode())
                    digest.update(value.tobytes())
        for picture in self.pictures:
            digest.update(picture.tobytes())
        return digest.hexdigest()

    def __len__(self) -> int:
        return len(self.pictures)

    def file(self, index: int) -> str:
        return f"{self.name}/{index}"

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        self.loads.append(index)
        if index in self.bad:
            raise BrokenImage(self.file(index), "it is broken")
        return Stack(self.pictures).load(index, preparation)

    def label_shape(self, preparation: Preparation) -> tuple[int, int]:
        return self.shape

    def labels(self, index: int, preparation: Preparation) -> Labels:
        if index in self.bad_labels:
            raise BrokenImage(self.file(index), "its label map is broken")
        return self.annotations[index]


CONCEPTS = (
    Concept(1, "car", "object"),
    Concept(2, "tree", "object"),
    Concept(4, "wheel", "part"),
    Concept(5, "door", "part"),
    Concept(7, "street", "scene"),
    Concept(9, "forest", "scene"),
)


def noise(count: int, size: tuple[int, int], shape: tuple[int, int], seed: int = 0) -> Held:
    """Random pictures with random labels: parts of categories missing, two maps, maps that overlap, whole pictures."""
    generator = np.random.default_rng(seed)

    def blocks(numbers: list[int]) -> NDArray[np.int64]:
        coarse = generator.choice([0, *numbers], (-(-shape[0] // 3), -(-shape[1] // 4)))
        return np.kron(coarse, np.ones((3, 4), np.int64))[: shape[0], : shape[1]]

    annotations: list[dict[str, list[Any]]] = []
    for _ in range(count):
        labels: dict[str, list[Any]] = {}
        if generator.random() < 0.8:
            labels["object"] = [blocks([1, 2]) for _ in range(generator.integers(1, 3))]
        if generator.random() < 0.5:
            labels["part"] = [blocks([4, 5, 2])]
        if generator.random() < 0.7:
            labels["scene"] = [int(generator.choice([7, 9]))]
        if generator.random() < 0.2:
            labels["object"] = [*labels.get("object", []), 2]
        annotations.append(labels)
    return Held(arrays(count, size, seed), annotations, CONCEPTS, shape)
