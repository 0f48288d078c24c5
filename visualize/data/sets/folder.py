"""Probe sets that are folders: any folder of pictures, or one in Broden's format."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.data.files.endings import ENDINGS, kind
from visualize.data.files.inner_paths import folders, inside
from visualize.data.files.passed_over import PassedOver
from visualize.data.sets.sampling import drawn
from visualize.methods.errors import InputError, InputWarning, system_words
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from visualize.methods.network.preprocessing import Preparation


EMPTY = "the name of the folder of pictures is empty; give a folder, or scenes for the built-in ones"


@dataclass(frozen=True)
class Folder:
    """Pictures in a folder, in a fixed order.

    Args:
        name: what to call the set.
        root: the folder that ``paths`` start from.
        paths: the pictures' paths below ``root``, with forward slashes.
        remarks: sentences on what was left out of the folder.
        listed: whether an index lists the pictures, which may not be there.

    Example:
        >>> from PIL import Image
        >>> from visualize.data import open_folder
        >>> for name in ("red", "blue", "green"):
        ...     Image.new("RGB", (40, 30), name).save(f"{name}.png")
        >>> pictures = open_folder(".", count=2, seed=1)
        >>> len(pictures)
        2
        >>> open_folder(".").paths
        ('blue.png', 'green.png', 'red.png')
        >>> pictures.size(0)
        (30, 40)
    """

    name: str
    root: Path
    paths: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    listed: bool = False

    def __len__(self) -> int:
        return len(self.paths)

    def file(self, index: int) -> str:
        """The path of a picture below the folder, with forward slashes."""
        return printable(self.paths[index])

    def path(self, index: int) -> Path:
        """The file of a picture."""
        return self.root / self.paths[index]

    def kind(self, index: int) -> str:
        """The name of the folder that a picture lies in, which may be what it shows; "" in the folder itself."""
        return printable(self.paths[index].rpartition("/")[0].rpartition("/")[2])

    def size(self, index: int) -> tuple[int, int]:
        """Height and width of a picture as it is seen upright, pixels.

        Raises:
            BrokenImage: it cannot be read.
            InputError: it is a link that leads out of the folder.
        """
        from visualize.data.files.picture_files import upright_size

        return upright_size(inside(self.root, self.paths[index]), name=self.file(index))

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        """A picture brought to ``preparation.size``: H x W x 3, RGB, uint8.

        Raises:
            BrokenImage: it cannot be read.
            InputError: it is a link that leads out of the folder.
        """
        from visualize.data.files.picture_files import read_picture

        return read_picture(inside(self.root, self.paths[index]), preparation, name=self.file(index))


def open_folder(where: str | Path, *, count: int | None = None, seed: int = 0, everything: bool = False) -> Folder:
    """Open a folder of pictures, or one in Broden's format.

    A folder is in Broden's format when it has an ``index.csv`` with a column ``image``: its pictures are then
    ``images/<image>`` in the order of that file, also where that ``images`` is named instead. Any other folder is
    searched recursively, hidden files left out, and its pictures are sorted by path. Links are followed as far as
    :mod:`visualize.data.files.inner_paths` says. Label maps of other pictures are no pictures; they, and files that
    look like pictures in formats that are not read, are left out, which an
    :class:`~visualize.methods.errors.InputWarning` says.

    Args:
        where: the folder.
        count: how many pictures to draw at random (in the folder's order); None takes all.
        seed: chooses the pictures that are drawn.
        everything: take label maps for pictures too.

    Raises:
        InputError: there is no such folder, it holds no pictures, its index cannot be used, or a link leads out.
    """
    if not str(where).strip():
        raise InputError(EMPTY)
    root = Path(where).expanduser()
    if not root.is_dir():
        problem = "is a file" if root.exists() else "does not exist"
        raise InputError(f"{root} {problem}; give a folder of pictures, or scenes for the built-in ones")
    from visualize.data.layouts.broden import PICTURES, broden_pictures, is_broden

    above = root.resolve().parent
    if root.resolve().name == PICTURES and not is_broden(root) and _listed(above):
        root = above  # its label maps lie beside its pictures
    listed, passed = is_broden(root), PassedOver()
    paths = broden_pictures(root) if listed else _pictures(root, passed, everything=everything)
    name = printable(root.resolve().name or str(root))
    if not paths:
        looked_for = ", ".join(sorted(ending[1:] for ending in ENDINGS))
        raise InputError(". ".join([f"no pictures in {root} ({looked_for} are looked for)", *passed.remarks]))
    for remark in passed.remarks:
        warnings.warn(f"{name}: {remark}", InputWarning, stacklevel=2)
    taken = tuple(paths[place] for place in drawn(len(paths), count, seed))
    return Folder(name, root / PICTURES if listed else root, taken, passed.remarks, listed)


def _listed(root: Path) -> bool:
    from visualize.data.layouts.broden import is_broden

    try:
        return is_broden(root)
    except InputError:
        return False


def _pictures(root: Path, passed: PassedOver, *, everything: bool) -> list[str]:
    """The pictures below a folder, sorted by path; what was left out is noted."""
    try:
        paths = sorted(_walk(root, passed), key=lambda path: path.split("/"))
    except OSError as fault:
        raise InputError(f"the folder {fault.filename or root} cannot be read: {system_words(fault)}") from fault
    if everything:
        return paths
    from visualize.data.files.mask_files import label_maps, pictures_of

    folder = pictures_of(root.resolve(), paths)
    if folder is not None:
        raise InputError(
            f"{root} holds label maps, whose pictures are in {folder}; give that folder, or folder:{root} for the maps"
        )
    passed.maps += label_maps(root, paths)
    maps = set(passed.maps)
    return [path for path in paths if path not in maps]


def _walk(root: Path, passed: PassedOver) -> Iterator[str]:
    """Paths of pictures below a folder.

    Raises:
        InputError: a picture or a folder is a link that leads out.
        OSError: a folder cannot be listed.
    """
    top = len(str(root))
    for folder, files, links in folders(root, root):
        below = folder[top:].replace(os.sep, "/").strip("/")
        for name in files:
            path = f"{below}/{name}" if below else name
            taken = kind(folder, name)
            if taken == "picture":
                if name in links:
                    inside(root, path)
                yield path
            elif taken is not None:
                passed.files.append(path)
