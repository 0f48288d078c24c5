"""The front door of the probe sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from methods.errors import InputError
from visualize.data.folder import open_folder

if TYPE_CHECKING:
    from pathlib import Path

    from methods.images import Images

SCENES = "scenes"
SCENES_COUNT = 300  # enough for nine clear top images of most units, rendered in a few seconds


def open_images(where: str | Path, *, count: int | None = None, seed: int = 0) -> Images:
    """Open a probe set.

    Args:
        where: ``"scenes"`` for the built-in rendered scenes, or a folder: of pictures, searched recursively and sorted
            by path, or in Broden's format. (A folder that is called scenes is ``"./scenes"``.)
        count: how many pictures; None is all of a folder, and 300 scenes.
        seed: of the scenes, and of drawing ``count`` pictures from a folder.

    Raises:
        InputError: there is no such folder, or it holds no pictures.
    """
    if where != SCENES:
        return open_folder(where, count=count, seed=seed)
    if count is not None and count < 1:
        raise InputError(f"a probe set of {count} pictures cannot be scanned; ask for 1 or more")
    from visualize.data.scenes import Scenes

    return Scenes(count=SCENES_COUNT if count is None else count, seed=seed)
