"""Probe sets that are folders: any folder of pictures, or one in Broden's format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.data.files.csv_tables import printable

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from methods.network.preprocessing import Preparation


@dataclass(frozen=True)
class Folder:
    """Pictures in a folder, in a fixed order.

    Args:
        name: what to call the set.
        root: the folder that ``paths`` start from.
        paths: of the pictures, below ``root``.
    """

    name: str
    root: Path
    paths: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.paths)

    def file(self, index: int) -> str:
        """The path of a picture below the folder, with forward slashes."""
        return printable(self.paths[index])

    def size(self, index: int) -> tuple[int, int]:
        """Height and width of a picture as it is seen upright, pixels.

        Raises:
            BrokenImage: it cannot be read.
        """
        from visualize.data.files.picture_files import upright_size

        return upright_size(self.root / self.paths[index], name=self.file(index))

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        """A picture brought to ``preparation.size``: H x W x 3, RGB, uint8.

        Raises:
            BrokenImage: it cannot be read.
        """
        from visualize.data.files.picture_files import read_picture

        return read_picture(self.root / self.paths[index], preparation, name=self.file(index))
