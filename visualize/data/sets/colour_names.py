"""Colours as labels: the eleven names that people give to RGB values, for any probe set.

J. van de Weijer, C. Schmid, J. Verbeek, D. Larlus: Learning color names for real-world applications, IEEE Transactions
on Image Processing 18(7), 2009; as Broden labels colours (Bau, Zhou et al. 2017): each pixel has its most probable
name.
"""

from __future__ import annotations

import functools
import hashlib
import os
import tarfile
import threading
from typing import TYPE_CHECKING, Protocol

import numpy as np
from PIL import Image

from visualize.data.sets.folder import Folder
from visualize.data.sets.relabelled import Relabelled
from visualize.data.sets.sampling import chosen
from visualize.intake.arrays import read_npy
from visualize.intake.regular_files import opened, require_regular
from visualize.methods.errors import InputError
from visualize.methods.pictures.labelled import Concept, Labelled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from visualize.data.files.registration import Size
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.labelled import Labels


CATEGORY = "color"
NAMES = ("black", "blue", "brown", "grey", "green", "orange", "pink", "purple", "red", "white", "yellow")
_SUFFIX = "-c"  # Broden's, so that orange the colour is not taken for the fruit
_BINS = 32
_LONGEST = 64 << 20  # bytes of the authors' text, which has 4 MB


def read_table(path: Path) -> NDArray[np.int32]:
    """The table of names: 32 x 32 x 32 places in :data:`NAMES`, indexed by red // 8, green // 8, blue // 8.

    Args:
        path: a ``.npy`` file of whole numbers, or the authors' ``ColorNaming.tar``, whose ``w2c.txt`` holds a line for
            each of the 32,768 colours: red, green, blue, and the probabilities of the names.

    Raises:
        InputError: it is neither.
    """
    try:
        table = _from_text(path) if path.suffix == ".tar" else _from_array(path)
    except (OSError, ValueError, EOFError, KeyError, tarfile.TarError) as fault:
        raise InputError(f"{path} cannot be read as a table of colour names: {fault}") from fault
    whole = table.dtype.kind in "ui" and table.shape == (_BINS,) * 3
    if not whole or table.min() < 0 or table.max() >= len(NAMES):
        raise InputError(f"{path} is no table of colour names: expected 32 x 32 x 32 whole numbers from 0 to 10")
    names: NDArray[np.int32] = table.astype(np.int32)
    return names


def _from_array(path: Path) -> NDArray[Any]:
    with opened(path, most=_LONGEST) as file:
        return read_npy(file, _LONGEST)


def _from_text(path: Path) -> NDArray[np.int64]:
    """The table of names from the authors' own text, in which red runs fastest."""
    require_regular(path, most=_LONGEST)
    with tarfile.open(path, "r:") as archive:
        member = next((entry for entry in archive if entry.isfile() and entry.name.endswith("w2c.txt")), None)
        content = archive.extractfile(member) if member is not None and member.size < _LONGEST else None
        if content is None:
            raise ValueError("it holds no w2c.txt")
        lines = np.loadtxt(content, dtype=np.float64)
    if lines.shape != (_BINS**3, 3 + len(NAMES)):
        raise ValueError(f"its w2c.txt has the shape {lines.shape}")
    red, green, blue = (lines[:, :3] // 8).astype(int).T
    if not np.array_equal(red + _BINS * green + _BINS**2 * blue, np.arange(_BINS**3)):
        raise ValueError("the lines of its w2c.txt are in another order")
    likely: NDArray[np.int64] = lines[:, 3:].argmax(1).reshape((_BINS,) * 3)
    return likely.transpose(2, 1, 0)


def named(picture: NDArray[np.uint8], table: NDArray[np.int32], shape: Size) -> NDArray[np.int32]:
    """The colour of each entry of a label map: places in :data:`NAMES`.

    Args:
        picture: H x W x 3, RGB.
        table: see :func:`read_table`.
        shape: rows and columns of the map; each entry is named by the mean of the pixels that it covers.
    """
    size = (shape[1], shape[0])
    small = (
        picture
        if picture.shape[:2] == shape
        else np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))
    )
    bins = small >> 3
    names: NDArray[np.int32] = table[bins[..., 0], bins[..., 1], bins[..., 2]]
    return names


class Narrowable(Labelled, Protocol):
    """A labelled probe set of which some categories can be taken."""

    def only(self, categories: Sequence[str]) -> Narrowable:
        """A probe set of the same pictures with some of the categories."""


class Coloured:
    """A labelled probe set that has gained the category ``color``, as ``Labelled`` has them.

    Its numbers follow those of the set. Of pictures loaded, the last one of each thread is kept, so that colours do not
    cost a second decoding when a picture and its labels are asked for one after the other.

    Args:
        labelled: the set, which has no colours of its own.
        table: see :func:`read_table`.
    """

    def __init__(self, labelled: Narrowable, table: NDArray[np.int32]) -> None:
        self._set, self._table = labelled, table
        self._last = threading.local()

    @property
    def labelled(self) -> Narrowable:
        """The set without the colours."""
        return self._set

    def only(self, categories: Sequence[str]) -> Narrowable:
        """A probe set of the same pictures with some of the categories.

        Raises:
            InputError: it has no such category.
        """
        rest = [name for name in chosen(categories, self.categories, self.name) if name != CATEGORY]
        labelled = self._set.only(rest) if rest else Unlabelled(self._set)
        return Coloured(labelled, self._table) if CATEGORY in categories else labelled

    @property
    def name(self) -> str:
        """The name of the whole set."""
        return self._set.name

    @property
    def categories(self) -> tuple[str, ...]:
        """Categories of the set, and ``color``."""
        return (*self._set.categories, CATEGORY)

    @property
    def remarks(self) -> Sequence[str]:
        """Sentences on what was left out of the set."""
        return getattr(self._set, "remarks", ())

    @functools.cached_property
    def concepts(self) -> Sequence[Concept]:
        """Concepts of the set, then the eleven colours."""
        concepts = list(self._set.concepts)
        after = max((concept.number for concept in concepts), default=0)
        colours = (Concept(after + place, name + _SUFFIX, CATEGORY) for place, name in enumerate(NAMES, start=1))
        return [*concepts, *colours]

    @functools.cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the set's fingerprint and of the table of names."""
        return hashlib.sha256(self._set.fingerprint.encode() + self._table.tobytes()).hexdigest()

    def __len__(self) -> int:
        return len(self._set)

    def file(self, index: int) -> str:
        """The name of a picture within the set."""
        return self._set.file(index)

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        """A picture brought to ``preparation.size``: H x W x 3, RGB, uint8.

        Raises:
            BrokenImage: it cannot be read.
        """
        picture = self._set.load(index, preparation)
        self._last.loaded = (index, preparation, picture)
        return picture

    def label_shape(self, preparation: Preparation) -> Size:
        """Rows and columns of every label map of the set."""
        return self._set.label_shape(preparation)

    def labels(self, index: int, preparation: Preparation) -> Labels:
        """The set's labels of a picture, and the colours of the prepared picture.

        Raises:
            BrokenImage: the picture or a label map cannot be read.
            InputError: the set itself is wrong.
        """
        labels: Mapping[str, Sequence[NDArray[Any] | int]] = self._set.labels(index, preparation)
        last = getattr(self._last, "loaded", None)
        picture = last[2] if last is not None and last[:2] == (index, preparation) else self.load(index, preparation)
        colours = named(picture, self._numbers, self.label_shape(preparation))
        return {**labels, CATEGORY: [colours]}

    @functools.cached_property
    def _numbers(self) -> NDArray[np.int32]:
        """The table of names, with numbers of concepts in place of places in :data:`NAMES`."""
        return self._table + np.int32(self.concepts[-len(NAMES)].number)


class Unlabelled(Relabelled):
    """Any pictures as a labelled probe set without labels of its own, to which :class:`Coloured` adds colours.

    Args:
        images: the pictures.
    """

    categories: tuple[str, ...] = ()
    concepts: Sequence[Concept] = ()

    def only(self, categories: Sequence[str]) -> Unlabelled:
        """Refuse, as there is no category.

        Raises:
            InputError: always.
        """
        raise InputError(f"{self.name} has no labels, so no category {', '.join(categories)}")

    @property
    def name(self) -> str:
        """The name of the whole set."""
        return self._images.name

    @functools.cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the pictures' names, and of their files' lengths where they are files of a folder."""
        names = "\n".join(f"{self.file(index)}{self._length(index)}" for index in range(len(self)))
        return hashlib.sha256(names.encode("utf-8", "surrogateescape")).hexdigest()

    def _length(self, index: int) -> str:
        if not isinstance(self._images, Folder):
            return ""
        try:
            return f" {os.stat(os.path.join(self._images.root, self._images.paths[index])).st_size}"  # noqa: PTH116, PTH118 (many)
        except OSError:
            return " -1"

    def labels(self, index: int, preparation: Preparation) -> Labels:  # noqa: ARG002 (the protocol's signature)
        """Labels of a picture: always an empty dictionary."""
        return {}
