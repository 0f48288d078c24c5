"""Names of concepts, and their numbers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.pictures.labelled import Concept

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray


def short(names: Mapping[int, str]) -> dict[int, str]:
    """The first of each class's synonyms ("car" of "car, auto, automobile"); all of them where two classes share it."""
    first = {number: name.split(",")[0].strip() for number, name in names.items()}
    often = Counter(first.values())
    return {number: first[number] if often[first[number]] == 1 else name for number, name in names.items()}


def numbered(names: Mapping[int, str], category: str) -> list[Concept]:
    """Concepts of one category, in rising order of numbers."""
    return [Concept(number, name, category) for number, name in sorted(short(names).items())]


def ranked(names: Iterable[str], category: str, *, after: int) -> list[Concept]:
    """Concepts that have names only: in alphabetical order, numbered from ``after`` + 1."""
    return [Concept(number, name, category) for number, name in enumerate(sorted(set(names)), start=after + 1)]


def of_mask(mask: NDArray[np.uint8], *, concept: int) -> NDArray[np.int32]:
    """The number of a concept where its mask is 1, and 0 elsewhere."""
    numbers: NDArray[np.int32] = mask.astype(np.int32) * concept
    return numbers
