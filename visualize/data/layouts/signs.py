"""Signs of each layout in a folder, those that are there and those that are missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.data.layouts.ade20k.ade20k import is_ade20k
from visualize.data.layouts.broden import is_broden
from visualize.data.layouts.class_folders import is_class_folders
from visualize.data.layouts.coco.instances import instance_tables
from visualize.data.layouts.coco.panoptic import panoptic_tables
from visualize.data.layouts.coco.stuff import is_coco_stuff
from visualize.data.layouts.labelme.labelme import is_labelme
from visualize.data.layouts.masks.looks import looks
from visualize.data.layouts.masks.masks import listed_masks, names_file
from visualize.data.layouts.voc import is_voc
from visualize.data.layouts.walk import every_picture, listed_once, walk
from visualize.data.layouts.yolo.names import LISTS
from visualize.data.layouts.yolo.signs import yolo_signs
from visualize.methods.errors import InputError
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Near:
    """A layout of which a folder has signs.

    Args:
        layout: its name.
        has: what is there, in words.
        lacks: what is missing, and how to make it; nothing where the folder can be read so.
    """

    layout: str
    has: tuple[str, ...]
    lacks: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return not self.lacks


def signs(root: Path) -> list[Near]:
    """Layouts of which a folder has a sign, those of which nothing is missing first.

    Args:
        root: the folder.

    Raises:
        InputError: the folder cannot be looked through.
    """
    with listed_once():
        result = [near for look in _LOOKS if (near := look(root)) is not None]
    return sorted(result, key=lambda near: len(near.lacks))


def nearest(root: Path) -> str:
    """A sentence on the layout that a folder comes nearest to, and what is missing; "" where it has no sign of any."""
    try:
        near = next((near for near in signs(root) if not near.whole), None)
    except InputError:
        return ""
    return "" if near is None else f"nearest is {near.layout}: {near.has[0]}; missing: {near.lacks[0]}"


def _named(layout: str, has: Sequence[str | None], lacks: Sequence[str | None]) -> Near | None:
    """A layout, where a sign of it is there."""
    there = tuple(printable(text) for text in has if text)
    return Near(layout, there, tuple(printable(text) for text in lacks if text)) if there else None


def _broden(root: Path) -> Near | None:
    if not is_broden(root):
        return None
    missing = [name for name in ("images", "label.csv", "category.csv") if not (root / name).exists()]
    return _named("broden", ["index.csv with a column image"], missing)


def _scene_parsing(root: Path) -> Near | None:
    table, maps = root / "objectInfo150.txt", root / "annotations"
    return _named(
        "sceneparsing",
        ["objectInfo150.txt" if table.is_file() else None],
        [None if maps.is_dir() else "the folder annotations with label maps"],
    )


def _cityscapes(root: Path) -> Near | None:
    both = ("leftImg8bit", "gtFine")
    return _named(
        "cityscapes",
        [f"the folder {name}" if (root / name).is_dir() else None for name in both],
        [None if (root / name).is_dir() else f"the folder {name}" for name in both],
    )


def _voc(root: Path) -> Near | None:
    if is_voc(root):
        return _named("voc", ["a folder VOC<year> with SegmentationClass"], [])
    both = all((root / name).is_dir() for name in ("JPEGImages", "SegmentationClass"))
    return _named(
        "voc",
        ["JPEGImages and SegmentationClass" if both else None],
        ["VOC's folders above: move it to VOCdevkit/VOC2012, or, if its classes are others, write names.txt"],
    )


def _masks(root: Path) -> Near | None:
    listed, explained = listed_masks(root), names_file(root)
    if not listed.masks:
        return None
    count = len(listed.masks)
    has = f"{count:,} {'picture with its mask' if count == 1 else 'pictures with masks'}, such as {listed.example}"
    if explained is not None:
        return _named("masks", [has, explained.name], [])
    return _named("masks", [has], [f"the names of values: {looks([root / path for path in listed.masks])}"])


def _coco(root: Path) -> Near | None:
    return _named("coco", [_file(root, panoptic_tables(root))], [])


def _stuff(root: Path) -> Near | None:
    return _named("cocostuff", ["label maps of COCO's stuff"], []) if is_coco_stuff(root) else None


def _instances(root: Path) -> Near | None:
    tables = instance_tables(root)
    several = f"which of {len(tables)} JSON files is meant: coco:{tables[0]}" if len(tables) > 1 else None
    return _named("instances", [_file(root, tables)], [several])


def _file(root: Path, paths: Sequence[Path]) -> str | None:
    return f"{paths[0].relative_to(root).as_posix()}, a JSON file as COCO's" if paths else None


def _yolo(root: Path) -> Near | None:
    seen = yolo_signs(root)
    if not seen.texts or 2 * (seen.outlines + seen.boxes) < seen.lines or not seen.lines:
        return None
    has = (
        f"{seen.lines:,} lines of {seen.texts:,} texts: {seen.outlines:,} outlines, {seen.boxes:,} boxes, "
        f"{seen.lines - seen.outlines - seen.boxes:,} others"
    )
    named = f"{seen.named}, which names the classes" if seen.named else None
    lacks = None if named else f"names of classes: data.yaml with names: [car, dog], or {LISTS[0]} with a name a line"
    return _named("yolo", [has, named], [lacks])


def _labelme(root: Path) -> Near | None:
    if not is_labelme(root):
        return None
    return _named("labelme", ["JSON files with shapes, as LabelMe writes them"], [])


def _ade20k(root: Path) -> Near | None:
    return _named("ade20k", ["x_seg.png beside x.jpg"], []) if is_ade20k(root) else None


def _xml(root: Path) -> Near | None:
    """Boxes of Pascal VOC, which are often taken for labels of pixels."""
    files = (folder / name for folder, _, names in walk(root, depth=3) for name in names if name.endswith(".xml"))
    path = next(files, None)
    if path is None or not every_picture(root):
        return None
    has = f"{path.relative_to(root).as_posix()}, an XML file beside pictures"
    return _named("boxes", [has], ["labels of pixels: XML files as VOC's hold boxes alone; give masks or outlines"])


def _classes(root: Path) -> Near | None:
    return _named("classes", ["pictures in folders of classes alone"], []) if is_class_folders(root) else None


_LOOKS: tuple[Callable[[Path], Near | None], ...] = (
    _broden, _scene_parsing, _cityscapes, _voc, _masks, _coco, _stuff, _instances, _yolo, _labelme, _ade20k, _xml,
    _classes,
)  # fmt: skip
