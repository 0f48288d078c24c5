"""Finding which mask belongs to which picture, by the names that people give to files and folders.

A mask's folder is called masks, labels, annotations, SegmentationClass or the like (also ``train_masks``,
``trainannot``), or its name ends so (``a_mask.png``). What is left of a mask's path without these words is the path of
its picture, but for folders that are called images or the like.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from visualize.data.files.endings import ending, stem
from visualize.data.files.mask_files import WORDS
from visualize.data.files.passed_over import PassedOver
from visualize.data.layouts.paired import Pair
from visualize.data.layouts.walk import every_picture
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MASKS = WORDS - {"segmentationobject", "gtcoarse"}
PICTURE_WORDS = {
    "image", "images", "img", "imgs", "input", "inputs", "jpegimages", "leftimg8bit", "photo", "photos", "picture",
    "pictures", "rgb",
}  # fmt: skip
"""Names of folders, in lower case, that hold the pictures of a set."""

_ENDS = {"color", "colour", "colors", "l", "p"}  # of masks' names in a folder of masks, as in CamVid
_OTHERS = {"segmentationobject", "instance", "instances", "gtcoarse"}  # folders of what are no classes
_BREAKS = re.compile(r"[\s_.\-]+")
_LOSSY = {".jpg", ".jpeg", ".jpe", ".jfif"}


@dataclass(frozen=True)
class MaskPairs:
    """Pictures of a folder with their masks.

    Args:
        pairs: the pictures in the order of their paths, those without a mask among them.
        strays: masks of which there is no picture.
        passed: what was left out.
        remarks: sentences on what could be doubted.
    """

    pairs: tuple[Pair, ...]
    strays: tuple[str, ...] = ()
    passed: PassedOver = field(default_factory=PassedOver)
    remarks: tuple[str, ...] = ()

    @property
    def masks(self) -> list[str]:
        """Paths of the masks that have a picture."""
        return [pair.label_map for pair in self.pairs if pair.label_map is not None]

    @property
    def example(self) -> str:
        """A picture and its mask, in words; "" where no picture has one."""
        pair = next((pair for pair in self.pairs if pair.label_map), None)
        return "" if pair is None else printable(f"{pair.picture} and {pair.label_map}")


@dataclass(frozen=True)
class _Mask:
    """A file that is called as masks are: what its picture may be called, and by which word it was told."""

    path: str
    keys: tuple[str, ...]
    word: str


def mask_pairs(root: Path) -> MaskPairs:
    """Pair the pictures below a folder with their masks by names; no file is opened that has an ending.

    Of several kinds of masks for the same pictures, that which most of them have is taken, and that is said.

    Args:
        root: the folder.

    Raises:
        InputError: a folder cannot be listed, or is a link that leads out of the set.
    """
    passed = PassedOver()
    paths = every_picture(root, passed)
    level = _shared(paths)
    masks = [mask for path in paths if (mask := _mask(path, level)) is not None]
    taken = {mask.path for mask in masks}
    pictures: dict[str, str] = {}
    for path in paths:
        if path not in taken and not _OTHERS & {part.lower() for part in path.split("/")}:
            pictures.setdefault(_key(path, level), path)
    kinds: dict[str, dict[str, str]] = defaultdict(dict)
    lone: dict[str, list[str]] = defaultdict(list)
    for mask in masks:
        picture = next((pictures[key] for key in mask.keys if key in pictures), None)
        if picture is None:
            lone[mask.word].append(mask.path)
        else:
            kinds[mask.word].setdefault(picture, mask.path)
    word = max(kinds, key=lambda name: (len(kinds[name]), name), default="")
    pairs = tuple(Pair(path, kinds[word].get(path) if word else None) for path in pictures.values())
    others = sum(len(paired) for name, paired in kinds.items() if name != word)
    said = (f"{others:,} more masks of the same pictures left out: masks are those called {word}",) if others else ()
    return MaskPairs(pairs, tuple(lone.get(word, ())), passed, said)


def _shared(paths: Sequence[str]) -> int:
    """Number of folders at the beginning that all paths share, which tell nothing."""
    folders = [path.split("/")[:-1] for path in paths]
    level = 0
    while folders and all(len(each) > level and each[level] == folders[0][level] for each in folders):
        level += 1
    return level


def _mask(path: str, level: int) -> _Mask | None:
    """A path as that of a mask; None where nothing says that it is one."""
    *folders, name = stem(path).split("/")[level:]
    said = next((word for folder in reversed(folders) if (word := _word(folder))), "")
    short, end = _without_end(name)
    if not said and (not end or ending(path) in _LOSSY):
        return None
    base = "/".join(filter(None, (_plain(folder, _MASKS | PICTURE_WORDS) for folder in folders)))
    names = [name, short]
    pieces = re.fullmatch(r"(.+)[_.\-]([^_.\-]+)", name)
    if said and pieces and pieces[2].lower() in _ENDS:
        names.append(pieces[1])
    return _Mask(path, tuple(dict.fromkeys(f"{base}/{each}" for each in names)), said or end)


def _key(path: str, level: int) -> str:
    """Name by which the mask of a picture finds it."""
    *folders, name = stem(path).split("/")[level:]
    return "/".join([*filter(None, (_plain(folder, PICTURE_WORDS) for folder in folders))] or [""]) + f"/{name}"


def _word(folder: str) -> str:
    """The word of a folder's name that says that masks lie in it; "" where there is none."""
    low = folder.lower()
    return next((piece for piece in _BREAKS.split(low) if piece in _MASKS), "annot" if low.endswith("annot") else "")


def _plain(folder: str, words: set[str]) -> str:
    """A folder's name without such words."""
    if "annot" in words and folder.lower().endswith("annot"):
        folder = folder[: -len("annot")]
    return "_".join(piece for piece in _BREAKS.split(folder) if piece and piece.lower() not in words)


def _without_end(name: str) -> tuple[str, str]:
    """A name without the words at its end that say that it is a mask, and the first of these words."""
    short, end = name, ""
    while (match := re.fullmatch(r"(.+?)[\s_.\-]+([^\s_.\-]+)", short)) and match[2].lower() in _MASKS:
        short, end = match[1], match[2].lower()
    return short, end
