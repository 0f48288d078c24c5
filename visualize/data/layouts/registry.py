"""Which layout a folder has, by what lies in it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from methods.errors import InputError
from visualize.data.files.csv_tables import printable
from visualize.data.layouts.walk import listed_once

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import ModuleType

    from visualize.data.layouts.layout import Layout


_MODULES: Mapping[str, tuple[str, str, str]] = {
    "broden": ("broden", "is_broden", "read_broden"),
    "sceneparsing": ("scene_parsing", "is_scene_parsing", "read_scene_parsing"),
    "cityscapes": ("cityscapes", "is_cityscapes", "read_cityscapes"),
    "voc": ("voc", "is_voc", "read_voc"),
    "masks": ("masks", "is_masks", "read_masks"),
    "coco": ("coco", "panoptic_tables", "read_panoptic"),
    "cocostuff": ("coco_stuff", "is_coco_stuff", "read_coco_stuff"),
    "ade20k": ("ade20k", "is_ade20k", "read_ade20k"),
}
"""Prefix -> module, what tells a folder of that layout, and what reads one; tried in this order, cheap ones first."""

LAYOUTS: tuple[str, ...] = tuple(_MODULES)
PLAIN = "folder"
"""The prefix that takes a folder as plain pictures, whatever else lies in it."""


def split_prefix(where: str) -> tuple[str | None, str]:
    """``"coco:data/coco"`` as ("coco", "data/coco"); (None, the text) where there is no prefix of ours."""
    prefix, colon, rest = where.partition(":")
    return (prefix, rest) if colon and prefix in {*LAYOUTS, PLAIN} else (None, where)


def recognise(root: Path) -> str | None:
    """The layout of a folder, or None if it is none that has labels.

    Raises:
        InputError: the folder cannot be looked through.
    """
    with listed_once():
        return next((name for name, (module, tells, _) in _MODULES.items() if _of(module, tells)(root)), None)


def read_layout(name: str, where: Path) -> Layout:
    """Read what a folder of that layout lists.

    Raises:
        InputError: there is no such folder, or it is not of that layout.
    """
    if not where.exists():
        raise InputError(
            f"{printable(str(where))} does not exist; give the folder of a probe set (viz data lists them)"
        )
    if not where.is_dir() and name != "coco":
        raise InputError(f"{printable(str(where))} is a file; give the folder of a probe set")
    module, _, reads = _MODULES[name]
    read: Layout = _of(module, reads)(where)
    return read


def _of(module: str, name: str) -> Callable[[Path], Any]:
    loaded: ModuleType = importlib.import_module(f"visualize.data.layouts.{module}")
    found: Callable[[Path], Any] = getattr(loaded, name)
    return found
