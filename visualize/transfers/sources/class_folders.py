"""Folders of pictures whose names are the classes: ``birds/train/robin/1.jpg``, or ``birds/robin/1.jpg``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from visualize.data.sets.folder import open_folder
from visualize.methods.errors import InputError
from visualize.printable import printable
from visualize.transfers.labelling import TEST, TRAIN, Labelling

if TYPE_CHECKING:
    from pathlib import Path

_TRAINS, _VALS, _TESTS = ("train", "training"), ("val", "valid", "validation"), ("test", "testing")


def read_class_folders(root: Path) -> Labelling:
    """Read class folders, with folders ``train`` and ``test`` (or ``val``) around them or without.

    Where there are all three, ``val`` is learnt from.

    Raises:
        InputError: there is no such folder, it holds no pictures, or pictures that lie in no class's folder.
    """
    images = open_folder(root)
    paths = [path.split("/") for path in images.paths]
    parts = _parts(paths)
    deep = 2 if parts else 1
    stray = next((path for path in paths if len(path) <= deep), None)
    if stray is not None:
        where = f"{'train/' if parts else ''}CLASS/{stray[-1]}"
        raise InputError(
            f"{printable('/'.join(stray))} of {images.name} lies in no class's folder; expected {where}, or a table "
            f"file,label as a .csv"
        )
    names = [path[deep - 1] for path in paths]
    classes = sorted(set(names))
    places = {name: place for place, name in enumerate(classes)}
    labels = np.eye(len(classes), dtype=np.int8)[[places[name] for name in names]]
    return Labelling(images, tuple(map(printable, classes)), labels, several=False, parts=parts)


def _parts(paths: list[list[str]]) -> tuple[str, ...]:
    """The part of each picture, where the outermost folders are parts."""
    outer = {path[0].lower() for path in paths}
    if not outer <= {*_TRAINS, *_VALS, *_TESTS} or not outer & set(_TRAINS) or any(len(path) == 1 for path in paths):
        return ()
    if len(outer) == 1:
        return tuple(TRAIN for _ in paths)
    testing = set(_TESTS) if outer & set(_TESTS) else set(_VALS)
    return tuple(TEST if path[0].lower() in testing else TRAIN for path in paths)
