"""Folders of pictures that are called as what the pictures show: a label for the whole of each picture.

::

    beach/a.jpg               a scene "beach"
    kitchen/b.jpg
    train/beach/a.jpg         folders called train, val, test and the like are splits, not classes
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.data.files.endings import is_picture
from visualize.data.files.mask_files import WORDS, label_maps
from visualize.data.files.passed_over import PassedOver
from visualize.data.layouts.masks.pairs import PICTURE_WORDS
from visualize.data.layouts.paired import Pair, Paired
from visualize.data.layouts.walk import every_picture, walk
from visualize.methods.errors import InputError
from visualize.methods.pictures.labelled import Concept
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SPLITS = {"train", "training", "trainval", "val", "valid", "validation", "dev", "test", "testing", "eval"}
"""Names of folders, in lower case, that are parts of a set and no classes."""

CATEGORY = "scene"
"""Category of labels that hold for a whole picture."""

_NO_CLASSES = SPLITS | WORDS | PICTURE_WORDS
_FEWEST = 2  # classes that folders must show to be taken for such


def is_class_folders(root: Path) -> bool:
    """Whether pictures lie in folders of classes alone, at least two, below folders of splits or without such."""
    paths: list[tuple[str, ...]] = []
    for folder, inner, files in walk(root, depth=2):
        parts = folder.relative_to(root).parts
        if any(map(is_picture, files)):
            paths.append(parts)
        if len(parts) == 2 and inner:
            return False
    names = _classes(paths)
    return names is not None and len(names) >= _FEWEST


def _classes(folders: Sequence[tuple[str, ...]]) -> set[str] | None:
    """Names of classes, of the folders that hold pictures; None where these are no folders of classes."""
    split = all(len(parts) == 2 and parts[0].lower() in SPLITS for parts in folders)
    if not split and not all(len(parts) == 1 for parts in folders):
        return None
    names = {parts[-1] for parts in folders}
    return None if any(name.lower() in _NO_CLASSES for name in names) else names


def read_class_folders(root: Path) -> Paired:
    """List the pictures of a folder with the class that each one's folder is called.

    Raises:
        InputError: no picture lies in a folder, or one lies in none, or deeper.
    """
    passed = PassedOver()
    paths = every_picture(root, passed)
    passed.maps += label_maps(root, paths)
    maps = set(passed.maps)
    paths = [path for path in paths if path not in maps]
    names = _classes(list({tuple(path.split("/")[:-1]) for path in paths})) if paths else None
    if not names:
        raise InputError(
            f"the pictures in {printable(str(root))} do not lie in folders of classes, as in beach/a.jpg and "
            f"kitchen/b.jpg, or train/beach/a.jpg"
        )
    numbers = {name: number for number, name in enumerate(sorted(names), start=1)}
    pairs = tuple(Pair(path, None, ((CATEGORY, numbers[path.split("/")[-2]]),)) for path in paths)
    return Paired(
        kind="class folders",
        name=printable(root.resolve().name),
        root=root,
        categories=(CATEGORY,),
        known=tuple(Concept(number, printable(name), CATEGORY) for name, number in numbers.items()),
        entries=pairs,
        values={},
        remarks=passed.remarks,
        notes=(_understood(sorted(names), paths),),
    )


def _understood(names: Sequence[str], paths: Sequence[str]) -> str:
    splits = sorted({path.split("/")[0] for path in paths if path.count("/") == 2})
    what = f"folders are taken for classes: {len(names)}, such as {' and '.join(dict.fromkeys([names[0], names[-1]]))}"
    return printable(what + (f"; {', '.join(splits)} for {'a split' if len(splits) == 1 else 'splits'}" * bool(splits)))
