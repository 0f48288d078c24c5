"""Fields that all of COCO's JSON files share: images and categories, read and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.intake.fields import either, record, text, whole
from visualize.printable import printable

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.intake.fields import Reader

_TABLES = "annotations"  # the folder that COCO keeps its tables in

Image = tuple[str, tuple[int, int] | None]
"""File of an image; its height and width where both are stated."""

_MOST_SIDE = 1 << 20  # pixels

image_number = either(whole(0), text(1, 200))
"""Number of an image, or the text that stands for one."""

_image_fields = record(
    {"id": image_number, "file_name": text(1, 1000)}, {"height": whole(1, _MOST_SIDE), "width": whole(1, _MOST_SIDE)}
)


def set_name(where: Path) -> str:
    """Name of a set: its folder; of a table that is named itself, the set's folder and the table.

    Tables of different sets bear the same name, such as ``instances.json``, so that none tells a set by itself.

    Args:
        where: the folder or the JSON file that was given.
    """
    whole = where.resolve()
    folder = whole.parent if where.is_file() else whole
    home = (folder.parent if folder.name == _TABLES else folder).name
    parts = (home, whole.stem) if where.is_file() else (home,)
    return printable("-".join(filter(None, parts)) or str(where))


def image(value: object) -> tuple[int | str, Image]:
    """Number of an image; its file, and height and width where both are stated."""
    held = _image_fields(value)
    size = (held["height"], held["width"]) if "height" in held and "width" in held else None
    return held["id"], (held["file_name"], size)


def category(number: Reader[int]) -> Reader[tuple[int, str]]:
    """Reader of a category's number and name.

    Args:
        number: reads the number.
    """
    fields = record({"id": number, "name": text(1, 500)})

    def read(value: object) -> tuple[int, str]:
        held = fields(value)
        return held["id"], held["name"]

    return read
