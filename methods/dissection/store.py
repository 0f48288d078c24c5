"""Stores, in which a scan leaves the parts of maps that are counted later."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from visualize.methods.dissection.sparse import Numbering, Sparse, key_type, thinned

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Values = NDArray[Any]

_AT_ONCE = 1 << 22  # activations whose surroundings are looked at together


@dataclass(frozen=True)
class Chunk:
    """Some pictures in a row, and what was kept of their maps.

    Args:
        indices: the places of the pictures in the probe set, rising; keys number them from 0.
        layers: for each layer, by name, the kept parts of its maps.
    """

    indices: tuple[int, ...]
    layers: Mapping[str, Sparse]


class Store(Protocol):
    """Takes chunks in, and gives them out again in the same order, as often as they are asked for."""

    def add(self, chunk: Chunk) -> None:
        """Take in a chunk whose pictures come after all before."""

    def __iter__(self) -> Iterator[Chunk]:
        """Iterate over every chunk, in the order in which they came."""

    def thin(self, numberings: Mapping[str, Numbering], bounds: Mapping[str, Values]) -> None:
        """Drop what no longer matters after the bounds have risen; a store may also keep it."""


class Memory:
    """A store in memory, for probe sets and layers that fit."""

    def __init__(self) -> None:
        self._chunks: list[Chunk] = []

    def add(self, chunk: Chunk) -> None:
        """Take in a chunk whose pictures come after all before."""
        self._chunks.append(chunk)

    def __iter__(self) -> Iterator[Chunk]:
        return iter(self._chunks)

    def thin(self, numberings: Mapping[str, Numbering], bounds: Mapping[str, Values]) -> None:
        """Drop what no longer matters after the bounds have risen."""
        self._chunks = [thin(chunk, numberings, bounds) for chunk in self._chunks]


def thin(chunk: Chunk, numberings: Mapping[str, Numbering], bounds: Mapping[str, Values]) -> Chunk:
    """A chunk without what lies too far below the bounds to matter."""
    layers = {}
    for name, sparse in chunk.layers.items():
        numbering = numberings[name]
        step = max(1, _AT_ONCE // numbering.size)
        counts = [min(step, len(chunk.indices) - first) for first in range(0, len(chunk.indices), step)]
        parts = [
            thinned(sparse.between(place * step, place * step + some, numbering), numbering, bounds[name], some)
            for place, some in enumerate(counts)
        ]
        layers[name] = together(parts, counts, numbering)
    return replace(chunk, layers=layers)


def together(parts: Sequence[Sparse], counts: Sequence[int], numbering: Numbering) -> Sparse:
    """Put the kept parts of successive pictures end to end.

    Args:
        parts: each numbers its pictures from 0.
        counts: how many pictures each part has.
        numbering: how the activations of the layer are numbered.
    """
    dtype = key_type(sum(counts), numbering)
    firsts = np.cumsum([0, *counts])
    keys = [part.keys.astype(dtype) + dtype(first * numbering.size) for part, first in zip(parts, firsts, strict=False)]
    return Sparse(np.concatenate(keys), np.concatenate([part.values for part in parts]))
