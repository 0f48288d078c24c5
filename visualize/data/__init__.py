"""Probe sets: the pictures that units are tried on.

Names are loaded when they are first used, so that importing this package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from visualize.data.files import ImageFiles, open_files
    from visualize.data.folder import Folder, open_folder
    from visualize.data.opening import open_images, open_labelled
    from visualize.data.reading import read_picture

_MODULE = {
    "Folder": "folder",
    "ImageFiles": "files",
    "open_files": "files",
    "open_folder": "folder",
    "open_images": "opening",
    "open_labelled": "opening",
    "read_picture": "reading",
}

__all__ = ["Folder", "ImageFiles", "open_files", "open_folder", "open_images", "open_labelled", "read_picture"]


def __getattr__(name: str) -> object:
    if name not in _MODULE:
        raise AttributeError(f"module 'visualize.data' has no attribute {name!r}")
    return getattr(importlib.import_module(f"visualize.data.{_MODULE[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
