"""Whatever tells the pictures of a set apart from all others."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from visualize.methods.pictures.images import Images, Stack, Subset
from visualize.methods.pictures.worded import Worded
from visualize.store.libraries import library
from visualize.store.value_digest import UnidentifiedError, digest_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_READ = 64  # files of which every byte is read; of larger sets paths, lengths and times count
_MISSING = b"missing"


@runtime_checkable
class Located(Protocol):
    """A probe set of files."""

    def path(self, index: int) -> Path:
        """The file of picture ``index``."""


@runtime_checkable
class Fingerprinted(Protocol):
    """A probe set that tells itself apart from others."""

    @property
    def fingerprint(self) -> str:
        """Text that changes with what it holds."""


def picture_address(images: Images) -> str | None:
    """SHA-256 of what the pictures of a set are; None for a set that cannot be told apart from others.

    Files count with every byte where they are few, else with their path, length and time of change. Pictures in memory
    count with their values; a set of another kind counts by its ``fingerprint``, if it has one.

    Args:
        images: the set.
    """
    try:
        return _address(images, range(len(images)))
    except UnidentifiedError:
        return None


def _address(images: Images, indices: Sequence[int]) -> str | None:
    inner = _within(images)
    if isinstance(images, Subset):
        return _address(images.images, [images.indices[index] for index in indices])
    if isinstance(images, Worded) and library(type(images).__module__) == "viz":
        return _of_words(images, indices)
    if inner is not None:  # labels beside another set's pictures
        return _address(inner, indices)
    digest = hashlib.sha256(f"{images.name}\n".encode("utf-8", "surrogatepass"))
    ours = library(type(images).__module__) == "viz"
    if type(images) is Stack:
        for index in indices:
            picture = images.pictures[index]
            digest.update(f"{index} {picture.shape}\n".encode())
            digest.update(picture.tobytes())
    elif ours and isinstance(images, Located):
        told = _content if len(indices) <= _READ else _trace
        for index in indices:
            digest.update(f"{images.file(index)}\0".encode("utf-8", "surrogatepass"))
            digest.update(told(images.path(index)))
    elif isinstance(images, Fingerprinted):
        digest.update(f"{digest_of(type(images))} {images.fingerprint} {list(indices)}".encode())
    else:
        return None
    return digest.hexdigest()


def _of_words(images: Worded, indices: Sequence[int]) -> str | None:
    """Address of pictures beside their similarity to words."""
    inner = getattr(images, "images", None)
    address = _address(inner, indices) if isinstance(inner, Images) else None
    if address is None:
        return None
    return hashlib.sha256(f"{address} {images.similarities.fingerprint}".encode()).hexdigest()


def _within(images: Images) -> Images | None:
    """The set whose pictures one of our sets shows with labels of its own."""
    ours = library(type(images).__module__) == "viz"
    inner = getattr(images, "labelled", None) if ours else None
    return inner if isinstance(inner, Images) else None


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:  # whoever reads it says so
        return _MISSING


def _trace(path: Path) -> bytes:
    try:
        state = os.stat(path)  # noqa: PTH116 (there may be a quarter of a million)
    except OSError:
        return _MISSING
    return os.fsencode(path.absolute()) + f" {state.st_size} {state.st_mtime_ns} {state.st_ctime_ns}\n".encode()
