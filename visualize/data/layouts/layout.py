"""Words that every layout of a labelled probe set is described in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from visualize.data.files.registration import half

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Any, BinaryIO

    import numpy as np
    from numpy.typing import NDArray

    from visualize.data.files.registration import Size
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.labelled import Concept

    Reader = Callable[[Path, str], NDArray[Any]]
    Meaning = Callable[[NDArray[Any]], NDArray[np.int32]]


@dataclass(frozen=True)
class MapFile:
    """A label map on disk.

    Args:
        path: the file.
        read: gives its values as they are stored, rows x columns (x channels).
        meanings: by category, what makes numbers of concepts of such values.
        size: the rows and columns that it must have; None is those of the picture as its file stores it.
        seen: whether it was drawn over the picture as it is seen, whatever the camera noted of its orientation.
    """

    path: Path
    read: Reader
    meanings: tuple[tuple[str, Meaning], ...]
    size: Size | None = None
    seen: bool = False


@dataclass(frozen=True)
class Annotation:
    """Labels of one picture, as its files have them.

    Args:
        maps: the picture's label maps.
        wholes: category and number of the concepts that hold for the whole picture.
        size: height and width of the picture where an index states them; None asks the picture's file.
        apart: whether each map holds one concept alone, so that those which nowhere meet may be laid into one.
    """

    maps: tuple[MapFile, ...] = ()
    wholes: tuple[tuple[str, int], ...] = ()
    size: Size | None = None
    apart: bool = False


class Layout(ABC):
    """Layout of a probe set on disk. Pictures are counted from 0; nothing is read that is not asked for.

    ``kind`` is what the format is called, ``name`` what to call the set, ``root`` the folder that it lies in, and
    ``categories`` are all that it has, in the order in which tables list them. ``strays`` are label maps of which there
    is no picture, ``remarks`` sentences on what was left out or could be doubted, and ``notes`` those on how names were
    understood, where nothing is wrong. ``listed`` says that an index lists the pictures, which may not be there.
    """

    listed: ClassVar[bool] = False
    kind: str
    name: str
    root: Path
    categories: tuple[str, ...]
    strays: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @abstractmethod
    def __len__(self) -> int:
        """Number of pictures that the layout lists."""

    @abstractmethod
    def concepts(self, categories: Sequence[str]) -> Sequence[Concept]:
        """The concepts of some categories, in rising order of numbers."""

    @abstractmethod
    def file(self, index: int) -> str:
        """The name of a picture within the set."""

    @abstractmethod
    def picture(self, index: int) -> Path | BinaryIO:
        """The file of a picture, or its content where another file holds it."""

    @abstractmethod
    def annotation(self, index: int) -> Annotation:
        """Labels of a picture.

        Raises:
            BrokenImage: the file that holds the labels cannot be read.
            InputError: the labels are not ones that the layout can have.
        """

    @abstractmethod
    def sources(self, index: int) -> Sequence[Path | str]:
        """Sources of a picture's labels: files, and texts for what an index says."""

    def tables(self) -> Sequence[Path]:
        """Files that hold for all pictures."""
        return ()

    def label_shape(self, preparation: Preparation) -> Size:
        """Rows and columns of label maps for a preparation."""
        return half(preparation)
