"""Pieces of a dissection as they travel: what a worker has to know, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from visualize._version import __version__
from visualize.methods.provenance import versions_in_use

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visualize.methods.dissection.picture_counts import PictureCounts
    from visualize.methods.dissection.settings import Settings
    from visualize.methods.dissection.store import Chunk

Values = NDArray[Any]
Ints = NDArray[np.int64]


def versions_here() -> dict[str, str]:
    """Versions of this program, and of the libraries that numbers depend on."""
    return {"viz-units": __version__, **versions_in_use()}


@dataclass(frozen=True, kw_only=True)
class NetworkSource:
    """A network as workers load it.

    Args:
        model: its name, as :func:`visualize.load` takes it.
        weights: a file in place of its own weights.
        device: where it runs.
        facts: what was stated of it: size, mean and the like.
        trusted: whether its code may run.
        weights_sha256: of the weights that it must have.
        versions: of the libraries that workers must have.
    """

    model: str
    weights: str | None = None
    device: str = "auto"
    facts: Mapping[str, Any] = field(default_factory=dict)
    trusted: bool = False
    weights_sha256: str = ""
    versions: Mapping[str, str] = field(default_factory=versions_here)


@dataclass(frozen=True, kw_only=True)
class Job:
    """Everything that a worker has to know before its first piece.

    Args:
        network: the network.
        source: arguments of :func:`visualize.data.open_labelled`.
        fingerprint: of the set that this must open.
        layers: names of the layers.
        settings: what the numbers depend on.
        torch: the version that the last bits depend on.
        threads: that the network runs in, on which they depend too.
        folder: which relative paths begin from.
        batch: pictures that are loaded together; None is as usual, ``"auto"`` as many as the memory holds.
    """

    network: NetworkSource
    source: Mapping[str, Any]
    fingerprint: str
    layers: tuple[str, ...]
    settings: Settings
    torch: str
    threads: int
    folder: str = ""
    batch: int | Literal["auto"] | None = None


@dataclass(frozen=True)
class Piece:
    """Some pictures in a row.

    Args:
        number: of the piece, from 1.
        first: number of the first picture.
        last: number of the first picture after it.

    Example:
        >>> cut(20, 8)
        [Piece(number=1, first=0, last=8), Piece(number=2, first=8, last=16), Piece(number=3, first=16, last=20)]
    """

    number: int
    first: int
    last: int

    def __str__(self) -> str:
        return f"pictures {self.first + 1:,} to {self.last:,}"


def cut(pictures: int, size: int) -> list[Piece]:
    """All pictures of a set in pieces of so many, the last of which may be smaller."""
    return [
        Piece(number, first, min(first + size, pictures)) for number, first in enumerate(range(0, pictures, size), 1)
    ]


@dataclass(frozen=True, kw_only=True)
class Scanned:
    """A piece that the network has seen.

    Args:
        chunk: what was kept of the maps.
        broken: names of the pictures that could not be read.
        said: warnings on them.
        peaks: layer -> activations and numbers of the pictures that excite each unit most, units x count.
        counts: layer -> the values above the bounds, as :func:`visualize.methods.dissection.value_counts.counted` does.
    """

    chunk: Chunk
    broken: tuple[str, ...]
    said: tuple[str, ...]
    peaks: Mapping[str, tuple[Values, Ints]]
    counts: Mapping[str, tuple[Ints, Ints]]


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A piece that was held against the labels.

    Args:
        truth: label-map pixels by concept and by category, and annotated pictures by category.
        intersection: layer -> places of the table of units x concepts, and the pixels that are not 0.
        activation: layer -> pixels, units x categories.
        by_picture: counts of each picture, if they are wanted.
        broken: names of the pictures whose labels could not be read.
        said: warnings on them.
    """

    truth: tuple[Ints, Ints, Ints]
    intersection: Mapping[str, tuple[Ints, Ints]]
    activation: Mapping[str, Ints]
    by_picture: PictureCounts | None
    broken: tuple[str, ...]
    said: tuple[str, ...]
