"""Pascal VOC's lists of pictures by class: ``ImageSets/Main/CLASS_trainval.txt`` and ``CLASS_test.txt``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from visualize.data.files.text_files import content_lines
from visualize.data.sets.folder import Folder
from visualize.methods.errors import InputError
from visualize.printable import printable
from visualize.transfers.labelling import TEST, TRAIN, Labelling

if TYPE_CHECKING:
    from pathlib import Path

_LISTS = ("ImageSets", "Main")
_SPLITS = (("trainval", "test"), ("train", "val"))  # to learn from and to test on, the first that are there
_LINE = re.compile(r"([\w-]+)\s+(-?1|0)")
_MEANING = {"1": 1, "0": -1, "-1": 0}  # there, difficult and so left out, not there


def has_voc_lists(root: Path) -> bool:
    """Whether a folder is a year of VOC's kit with lists by class, or holds such a year."""
    return bool(_years(root))


def read_voc_lists(root: Path) -> Labelling:
    """Read the lists of a year, of several years the first; ``trainval`` is learnt from and ``test`` tested on.

    Where there is no test list (VOC 2012), ``train`` is learnt from and ``val`` tested on.

    Args:
        root: ``VOCdevkit/VOC2007`` or ``VOCdevkit``.

    Raises:
        InputError: a list is missing, or a line of one is not NAME and 1, 0 or -1.
    """
    folder = _years(root)[0]
    lists = folder.joinpath(*_LISTS)
    learnt, tested, classes = _splits(lists)
    columns: dict[str, dict[str, int]] = {}
    parts: dict[str, str] = {}
    for split, part in ((learnt, TRAIN), (tested, TEST)):
        for label in classes:
            for name, value in _read(lists / f"{label}_{split}.txt"):
                if parts.setdefault(name, part) != part:
                    raise InputError(f"{name} of {printable(str(lists))} is both in {learnt} and in {tested}")
                if columns.setdefault(name, {}).setdefault(label, value) != value:
                    raise InputError(f"{printable(str(lists))}, {label}_{split}.txt: {name} has two values")
    if not columns:
        raise InputError(f"the lists in {printable(str(lists))} are empty")
    names = sorted(columns)
    lacking = next((name for name in names if len(columns[name]) != len(classes)), None)
    if lacking is not None:
        raise InputError(f"{lacking} is in the lists of some classes in {printable(str(lists))}, and not of all")
    labels = np.array([[columns[name][label] for label in classes] for name in names], np.int8)
    images = Folder(folder.name, folder, tuple(f"JPEGImages/{name}.jpg" for name in names))
    note = f"learnt from {learnt} and tested on {tested}; {int((labels < 0).sum())} difficult labels are left out"
    return Labelling(images, tuple(classes), labels, True, tuple(parts[name] for name in names), notes=(note,))


def _years(root: Path) -> list[Path]:
    """The folders with lists by class, in rising order of their names."""
    around = [root, *sorted(path for path in root.glob("VOC*") if path.is_dir())]
    around += sorted((root / "VOCdevkit").glob("VOC*"))
    return [path for path in around if any(path.joinpath(*_LISTS).glob("*_train*.txt"))]


def _splits(lists: Path) -> tuple[str, str, list[str]]:
    """The names of the splits to learn from and to test on, and the classes that have both."""
    for learnt, tested in _SPLITS:
        classes = sorted(path.name.removesuffix(f"_{learnt}.txt") for path in lists.glob(f"*_{learnt}.txt"))
        listed = [name for name in classes if (lists / f"{name}_{tested}.txt").is_file()]
        lacking = next((name for name in classes if name not in listed), None)
        if listed and lacking is not None:
            raise InputError(
                f"{printable(str(lists))} has {lacking}_{learnt}.txt, and no {lacking}_{tested}.txt with it"
            )
        if listed:
            return learnt, tested, listed
    raise InputError(
        f"{printable(str(lists))} has no CLASS_trainval.txt with CLASS_test.txt, nor CLASS_train.txt with CLASS_val.txt"
    )


def _read(path: Path) -> list[tuple[str, int]]:
    lines = []
    for number, text in content_lines(path)[0]:
        match = _LINE.fullmatch(text.strip())
        if match is None:
            raise InputError(f"{printable(str(path))}, line {number}: {text[:60]!r}; expected a name and 1, 0 or -1")
        lines.append((match[1], _MEANING[match[2]]))
    return lines
