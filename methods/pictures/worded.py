"""Probe sets that know how similar each picture is to each of some words. Reading files is not their business."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from visualize.methods.errors import InputError
from visualize.methods.pictures.images import Images, own_size
from visualize.methods.pictures.labelled import Labelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.labelled import Concept, Labels


@dataclass(frozen=True, eq=False)
class Similarities:
    """Similarity of pictures to words, such as the cosines of a vision-language model.

    Args:
        words: words or phrases, each once.
        values: pictures x words, kept as float32; larger is more similar.
        source: where they come from, in words.
        embeddings: pictures x features of the same model, kept as float32; None where there are none.

    Raises:
        InputError: shapes do not fit, a number is not finite, or a word is empty or listed twice.

    Example:
        >>> Similarities(("car", "tree"), np.array([[0.3, 0.1], [0.1, 0.2]]), source="by hand").values.shape
        (2, 2)
    """

    words: tuple[str, ...]
    values: NDArray[Any]
    source: str
    embeddings: NDArray[Any] | None = None

    def __post_init__(self) -> None:
        if not self.words:
            raise InputError(f"{self.source} has no words; give at least one")
        seen: set[str] = set()
        for word in self.words:
            if word in seen:
                raise InputError(f"{self.source} lists the word {word!r} twice; list each once")
            seen.add(word)
        if not all(word.strip() for word in self.words):
            raise InputError(f"{self.source} lists a word without letters; leave it out")
        object.__setattr__(self, "values", _numbers(self.values, "similarities", self.source))
        if self.values.shape[1] != len(self.words):
            raise InputError(
                f"{self.source} has {len(self.words)} words and similarities of {self.values.shape[1]}; expected a "
                f"column for each word"
            )
        if self.embeddings is not None:
            object.__setattr__(self, "embeddings", _numbers(self.embeddings, "embeddings", self.source))
            if len(self.embeddings) != len(self.values):
                raise InputError(
                    f"{self.source} has embeddings of {len(self.embeddings)} pictures and similarities of "
                    f"{len(self.values)}; expected the same pictures"
                )

    @functools.cached_property
    def fingerprint(self) -> str:
        """Hexadecimal SHA-256 of everything that it holds."""
        digest = hashlib.sha256("\0".join((self.source, *self.words)).encode("utf-8", "surrogatepass"))
        for array in (self.values, self.embeddings):
            digest.update(b"none" if array is None else f"{array.shape}".encode() + np.ascontiguousarray(array).data)
        return digest.hexdigest()


def _numbers(given: NDArray[Any], what: str, source: str) -> NDArray[np.float32]:
    """A table of finite numbers as float32.

    Raises:
        InputError: it is none.
    """
    array = np.asarray(given)
    if array.ndim != 2 or not array.size or array.dtype.kind not in "fiu":
        raise InputError(f"{source}: {what} are {array.shape} of {array.dtype}; expected a table of numbers")
    with np.errstate(over="ignore"):
        numbers = array.astype(np.float32)
    if not np.isfinite(numbers).all():
        raise InputError(f"{source}: {what} are not all finite; every one must be a number within float32")
    return numbers


@runtime_checkable
class Worded(Images, Protocol):
    """A probe set with the similarity of its pictures to words, a row for each picture in the set's order.

    Example:
        >>> from visualize.methods import Stack
        >>> similar = Similarities(("dark", "light"), np.array([[1.0, 0.0]]), source="by hand")
        >>> isinstance(worded(Stack([np.zeros((8, 8, 3), np.uint8)]), similar), Worded)
        True
    """

    @property
    def similarities(self) -> Similarities:
        """Similarities, row for row of the set's pictures."""


def worded(images: Images, similarities: Similarities) -> Worded:
    """A probe set's pictures, with its labels if it has some, beside their similarity to words.

    Args:
        images: the set.
        similarities: a row for each of its pictures, in its order.

    Raises:
        InputError: there are more or fewer rows than pictures.

    Example:
        >>> from visualize.methods import Stack
        >>> similar = Similarities(("dark", "light"), np.array([[1.0, 0.0]]), source="by hand")
        >>> worded(Stack([np.zeros((8, 8, 3), np.uint8)]), similar).similarities.words
        ('dark', 'light')
    """
    if len(similarities.values) != len(images):
        raise InputError(
            f"{similarities.source} has similarities of {len(similarities.values):,} pictures, and {images.name} lists "
            f"{len(images):,}; expected a row for each, in its order"
        )
    return _WordedLabels(images, similarities) if isinstance(images, Labelled) else _WordedImages(images, similarities)


@dataclass(frozen=True, eq=False)
class _WordedImages:
    """Pictures of another set beside their similarity to words."""

    images: Images
    similarities: Similarities

    @property
    def name(self) -> str:
        return self.images.name

    def __len__(self) -> int:
        return len(self.images)

    def file(self, index: int) -> str:
        return self.images.file(index)

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        return self.images.load(index, preparation)

    def size(self, index: int) -> tuple[int, int]:
        return own_size(self.images, index)


@dataclass(frozen=True, eq=False)
class _WordedLabels(_WordedImages):
    """Labelled pictures of another set, with their labels, beside their similarity to words."""

    images: Labelled

    @property
    def categories(self) -> tuple[str, ...]:
        return self.images.categories

    @property
    def concepts(self) -> Sequence[Concept]:
        return self.images.concepts

    @property
    def fingerprint(self) -> str:
        return self.images.fingerprint

    def label_shape(self, preparation: Preparation) -> tuple[int, int]:
        return self.images.label_shape(preparation)

    def labels(self, index: int, preparation: Preparation) -> Labels:
        return self.images.labels(index, preparation)
