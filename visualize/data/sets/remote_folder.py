"""Folders of pictures on object storage and web servers: each is read when it is asked for, and none is kept."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.data.files.endings import ENDINGS
from visualize.data.files.picture_files import read_picture
from visualize.data.files.remote_files import RemoteFile, remote_files
from visualize.data.sets.sampling import drawn
from visualize.methods.errors import BrokenImage, InputError, system_words
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from visualize.methods.network.preprocessing import Preparation


@dataclass(frozen=True)
class RemoteFolder:
    """Pictures below a URL, sorted by path.

    Args:
        name: the URL.
        files: the pictures.
    """

    name: str
    files: Sequence[RemoteFile]

    def __len__(self) -> int:
        return len(self.files)

    def file(self, index: int) -> str:
        """The path of a picture below the URL."""
        return printable(self.files[index].url.removeprefix(self.name.rstrip("/")).lstrip("/"))

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        """A picture brought to ``preparation.size``: H x W x 3, RGB, uint8.

        Raises:
            BrokenImage: it cannot be fetched or read.
        """
        try:
            content = self.files[index].content()
        except OSError as fault:
            raise BrokenImage(self.file(index), system_words(fault)) from fault
        return read_picture(io.BytesIO(content), preparation, name=self.file(index))


def open_remote_folder(url: str, *, count: int | None = None, seed: int = 0) -> RemoteFolder:
    """Open a folder of pictures elsewhere.

    Args:
        url: such as ``"s3://bucket/photographs"``; below ``https://`` folders are pages that list what is in them.
        count: how many pictures to draw; None takes all.
        seed: chooses the pictures that are drawn.

    Raises:
        InputError: it cannot be listed, or holds no pictures.
    """
    files = remote_files(url, sorted(ENDINGS))
    if not files:
        raise InputError(f"no pictures below {printable(url)}; give a folder of pictures, or wds:{printable(url)}/")
    return RemoteFolder(printable(url), [files[place] for place in drawn(len(files), count, seed)])
