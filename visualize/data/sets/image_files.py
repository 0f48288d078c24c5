"""Picture files that are named one by one, as opposed to a set that is searched for good ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.intake.regular_files import require_regular
from visualize.methods.errors import InputError
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from visualize.methods.network.preprocessing import Preparation


@dataclass(frozen=True)
class ImageFiles:
    """Picture files in the order in which they were named.

    Args:
        paths: the files; the same one may come twice.

    Example:
        >>> from PIL import Image
        >>> from visualize.methods import Preparation
        >>> from visualize.data import open_files
        >>> Image.new("RGB", (40, 30), "red").save("red.png")
        >>> picture = open_files("red.png")
        >>> picture.name, len(picture), picture.size(0)
        ('red.png', 1, (30, 40))
        >>> picture.load(0, Preparation(size=(24, 24))).shape
        (24, 24, 3)
    """

    paths: tuple[Path, ...]

    @property
    def name(self) -> str:
        """The path of the only file, or the number of files."""
        return self.file(0) if len(self.paths) == 1 else f"{len(self.paths)} pictures"

    def __len__(self) -> int:
        return len(self.paths)

    def file(self, index: int) -> str:
        """The path of a picture as it was given, with forward slashes."""
        return printable(self.paths[index].as_posix())

    def path(self, index: int) -> Path:
        """The file of a picture."""
        return self.paths[index]

    def size(self, index: int) -> tuple[int, int]:
        """Height and width of a picture as it is seen upright, pixels.

        Raises:
            BrokenImage: it can no longer be read.
        """
        from visualize.data.files.picture_files import upright_size

        return upright_size(self.paths[index], name=self.file(index))

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        """A picture brought to ``preparation.size``: H x W x 3, RGB, uint8.

        Raises:
            BrokenImage: it can no longer be read.
        """
        from visualize.data.files.picture_files import read_picture

        return read_picture(self.paths[index], preparation, name=self.file(index))


def open_files(paths: str | Path | Sequence[str | Path]) -> ImageFiles:
    """Open picture files, each of which is read once to see that it can be: whoever names a picture wants it.

    Args:
        paths: one file or several.

    Raises:
        InputError: no file is named, or one does not exist or is no picture; the message names it.
        BrokenImage: one is a picture, but damaged.
    """
    several = [paths] if isinstance(paths, str | Path) else list(paths)
    if not several:
        raise InputError("no picture is named; give the path of a file")
    files = ImageFiles(tuple(_existing(path) for path in several))
    for index, path in enumerate(files.paths):
        _try(path, files.file(index))
    return files


def _existing(given: str | Path) -> Path:
    """The path of a file that is there."""
    if not str(given).strip():
        raise InputError("the name of a picture is empty; give the path of a file")
    path = Path(given).expanduser()
    name = printable(str(path))
    if path.is_dir():
        raise InputError(f"{name} is a folder; give --image a file, or the folder to --images")
    if not path.exists():
        raise InputError(f"the picture {name} does not exist")
    require_regular(path)
    return path


def _try(path: Path, name: str) -> None:
    from visualize.data.files.picture_files import read_picture
    from visualize.methods.network.preprocessing import Preparation

    read_picture(path, Preparation(), name=name)  # at a small size, as which a large JPEG is decoded faster
