"""Datasets of the Hugging Face hub whose pictures have class labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visualize.data.sets.hugging_face import PREFIX, open_hugging_face
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.transfers.labelling import TEST, TRAIN, Labelling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.data.sets.hugging_face import HuggingFace
    from visualize.methods.pictures.images import Images

_TESTS = ("test", "validation", "valid", "val")
_MAPS = "object"  # the category of a dataset's label maps
_WHOLE = Preparation()


@dataclass(frozen=True)
class Joined:
    """Probe sets one after the other, as one.

    Args:
        parts: the sets; at least one.
    """

    parts: tuple[Images, ...]

    @property
    def name(self) -> str:
        """The name of the first."""
        return self.parts[0].name

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def file(self, index: int) -> str:
        """The name of a picture within its set."""
        part, place = self._at(index)
        return part.file(place)

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        """A picture brought to ``preparation.size``: H x W x 3, RGB, uint8.

        Raises:
            BrokenImage: it cannot be read.
        """
        part, place = self._at(index)
        return part.load(place, preparation)

    def _at(self, index: int) -> tuple[Images, int]:
        for part in self.parts:
            if index < len(part):
                return part, index
            index -= len(part)
        raise IndexError(index)


def is_on_hub(where: str) -> bool:
    """Whether data are named as a dataset of the hub is."""
    return where.startswith(PREFIX)


def read_hub_classes(where: str, categories: Sequence[str] | None, *, count: int | None, seed: int) -> Labelling | None:
    """Read the class labels of a dataset: its split ``train``, and ``test`` or the like, or the split that is named.

    Args:
        where: ``hf/OWNER/NAME`` or ``hf/OWNER/NAME:SPLIT``.
        categories: the column of classes; None takes the only one.
        count: how many pictures of each split are taken; None takes all.
        seed: chooses them.

    Returns:
        None where the dataset has no class labels, but may have label maps.

    Raises:
        InputError: there is no such dataset, or it has several columns of class labels and none is chosen.
    """
    parts = _opened(where, count, seed)
    named = [category for category in parts[0][0].categories if category != _MAPS]
    if not named:
        return None
    chosen = list(categories or named)
    if len(chosen) != 1 or chosen[0] not in named:
        raise InputError(f"{where} has the columns of classes {', '.join(named)}; choose one with --category")
    sets = [(part.only(chosen), side) for part, side in parts]
    concepts = sets[0][0].concepts
    first = concepts[0].number
    labels = np.zeros((sum(len(part) for part, _ in sets), len(concepts)), np.int8)
    row = 0
    for part, _ in sets:
        for index in range(len(part)):
            for number in part.labels(index, _WHOLE)[chosen[0]]:
                labels[row, int(number) - first] = 1
            row += 1
    several = bool((labels.sum(1) != 1).any())
    sides = tuple(side for part, side in sets for _ in range(len(part))) if len(sets) > 1 else ()
    images = Joined(tuple(part for part, _ in sets))
    return Labelling(images, tuple(concept.name for concept in concepts), labels, several, sides)


def _opened(where: str, count: int | None, seed: int) -> list[tuple[HuggingFace, str]]:
    """The splits to learn from and to test on, or the one that is there or named."""
    if ":" in where:
        return [(open_hugging_face(where, count=count, seed=seed), "")]
    try:
        taught = open_hugging_face(f"{where}:train", count=count, seed=seed)
    except InputError:
        return [(open_hugging_face(where, count=count, seed=seed), "")]
    for split in _TESTS:
        try:
            return [(taught, TRAIN), (open_hugging_face(f"{where}:{split}", count=count, seed=seed), TEST)]
        except InputError:
            continue
    return [(taught, "")]
