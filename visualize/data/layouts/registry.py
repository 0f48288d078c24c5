"""The layouts that are known, and which of them a folder has, by the files in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.data.layouts.walk import listed_once
from visualize.methods.errors import InputError
from visualize.methods.reference import Reference
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
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
    "masks": _format("masks.masks", "is_masks", "read_masks"),
    "coco": Format(
        Reference("visualize.data.layouts.coco.panoptic", "panoptic_tables"),
        Reference("visualize.data.layouts.coco.instances", "read_coco"),
    ),
    "cocostuff": _format("coco.stuff", "is_coco_stuff", "read_coco_stuff"),
    "instances": _format("coco.instances", "instance_tables", "read_instances"),
    "yolo": Format(
        Reference("visualize.data.layouts.yolo.signs", "is_yolo"),
        Reference("visualize.data.layouts.yolo.yolo", "read_yolo"),
    ),
    "labelme": _format("labelme.labelme", "is_labelme", "read_labelme"),
    "ade20k": _format("ade20k.ade20k", "is_ade20k", "read_ade20k"),
    "classes": _format("class_folders", "is_class_folders", "read_class_folders"),
}
"""Prefix -> layout; tried in this order, cheap ones first."""

_LAST: tuple[tuple[str, Reference], ...] = (
    ("masks", Reference("visualize.data.layouts.masks.masks", "is_masks_elsewhere")),
    ("classes", FORMATS["classes"].tells),
)
"""Layouts that few signs tell, so that a folder is taken for one only when it is none of the others."""

LAYOUTS: tuple[str, ...] = tuple(FORMATS)
_OF_FILES = {"coco", "instances"}
_OF_VALUES = {"masks"}
_VOID = "void="
VOID_REFUSED = "--void says which values of masks of one's own are no label, and {name} has none; leave it out"
"""Sentence that refuses values without label for a set whose masks hold no values."""
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
        sure = [(name, layout.tells) for name, layout in FORMATS.items() if name != "classes"]
        return next((name for name, tells in (*sure, *_LAST) if tells.load()(root)), None)


def split_void(where: str) -> tuple[tuple[int, ...], str]:
    """``"void=255,0:data/mine"`` as ((255, 0), "data/mine"); no values where it does not begin so.

    Raises:
        InputError: what stands behind ``void=`` are no values that masks can hold.
    """
    if not where.startswith(_VOID):
        return (), where
    text, colon, rest = where.removeprefix(_VOID).partition(":")
    if not colon or not re.fullmatch(r"\s*[0-9]{1,5}\s*(?:,\s*[0-9]{1,5}\s*)*", text):
        raise InputError(
            f"{printable(where[:60])!r} does not say which values are no label; write void=255:FOLDER, or several as "
            f"void=0,255:FOLDER"
        )
    return tuple(dict.fromkeys(int(value) for value in text.split(","))), rest


def with_void(where: str, values: Sequence[int]) -> str:
    """A set's name with the values that are no label in its masks: ``"void=255:data/mine"``."""
    return f"{_VOID}{','.join(map(str, values))}:{where}" if values else where


def read_layout(name: str, where: Path, void: Sequence[int] = ()) -> Layout:
    """Read the tables of a folder in a layout that is known by name.

    Args:
        name: one of :data:`LAYOUTS`.
        where: the folder; for "coco" and "instances" also its JSON file.
        void: values in masks that are no label.

    Raises:
        InputError: there is no such folder, it is not of that layout, or its masks hold no values to leave out.
    """
    if not where.exists():
        raise InputError(
            f"{printable(str(where))} does not exist; give the folder of a probe set (viz data lists them)"
        )
    if not where.is_dir() and name not in _OF_FILES:
        raise InputError(f"{printable(str(where))} is a file; give the folder of a probe set")
    if void and name not in _OF_VALUES:
        raise InputError(VOID_REFUSED.format(name=name))
    reads = FORMATS[name].reads.load()
    layout: Layout = reads(where, void) if void else reads(where)
    return layout
