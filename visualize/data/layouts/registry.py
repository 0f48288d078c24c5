"""The layouts that are known, and which of them a folder has, by the files in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.data.layouts.walk import listed_once
from visualize.methods.errors import InputError
from visualize.methods.reference import Reference
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from visualize.data.layouts.layout import Layout


@dataclass(frozen=True)
class Format:
    """The functions of one layout.

    Args:
        tells: whether a folder, the function's only argument, is of that layout.
        reads: the :class:`~visualize.data.layouts.layout.Layout` of such a folder.
    """

    tells: Reference
    reads: Reference


def _format(module: str, tells: str, reads: str) -> Format:
    path = f"visualize.data.layouts.{module}"
    return Format(Reference(path, tells), Reference(path, reads))


FORMATS: Mapping[str, Format] = {
    "broden": _format("broden", "is_broden", "read_broden"),
    "sceneparsing": _format("scene_parsing", "is_scene_parsing", "read_scene_parsing"),
    "cityscapes": _format("cityscapes", "is_cityscapes", "read_cityscapes"),
    "voc": _format("voc", "is_voc", "read_voc"),
    "masks": _format("masks", "is_masks", "read_masks"),
    "coco": _format("coco", "panoptic_tables", "read_panoptic"),
    "cocostuff": _format("coco_stuff", "is_coco_stuff", "read_coco_stuff"),
    "ade20k": _format("ade20k", "is_ade20k", "read_ade20k"),
}
"""Prefix -> layout; tried in this order, cheap ones first."""

LAYOUTS: tuple[str, ...] = tuple(FORMATS)
PLAIN = "folder"
"""The prefix that takes a folder as plain pictures, whatever else lies in it."""


def split_prefix(where: str) -> tuple[str | None, str]:
    """``"coco:data/coco"`` as ("coco", "data/coco"); (None, the text) where there is no prefix of ours."""
    prefix, colon, rest = where.partition(":")
    return (prefix, rest) if colon and prefix in {*LAYOUTS, PLAIN} else (None, where)


def recognise(root: Path) -> str | None:
    """The name of a folder's layout, or None if the folder is in no layout that has labels.

    Raises:
        InputError: the folder cannot be looked through.
    """
    with listed_once():
        return next((name for name, layout in FORMATS.items() if layout.tells.load()(root)), None)


def read_layout(name: str, where: Path) -> Layout:
    """Read the tables of a folder in a layout that is known by name.

    Args:
        name: one of :data:`LAYOUTS`.
        where: the folder; for "coco" also its JSON file.

    Raises:
        InputError: there is no such folder, or it is not of that layout.
    """
    if not where.exists():
        raise InputError(
            f"{printable(str(where))} does not exist; give the folder of a probe set (viz data lists them)"
        )
    if not where.is_dir() and name != "coco":
        raise InputError(f"{printable(str(where))} is a file; give the folder of a probe set")
    layout: Layout = FORMATS[name].reads.load()(where)
    return layout
