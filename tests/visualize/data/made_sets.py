"""Probe sets written for a test, in the layouts that are read."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from methods.network.preprocessing import Preparation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from methods.pictures.labelled import Labelled, Labels

Map = NDArray[np.int32]


def photograph(path: Path, size: tuple[int, int], seed: int = 0) -> NDArray[np.uint8]:
    """Write noise of that height and width; PNG whatever the ending, so that it is read back exactly."""
    values = np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path, "PNG")
    return values


def coded(path: Path, values: NDArray[np.integer]) -> None:
    """Write a label map as red + 256 x green + 65,536 x blue."""
    path.parent.mkdir(parents=True, exist_ok=True)
    channels = np.stack([values % 256, values // 256 % 256, values // 65536], -1).astype(np.uint8)
    Image.fromarray(channels).save(path)


def grey(path: Path, values: NDArray[np.integer]) -> None:
    """Write a label map as grey values."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values.astype(np.uint8)).save(path)


def table(path: Path, rows: Iterable[Sequence[object]]) -> None:
    """Write a table as commas separate it."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(out.getvalue(), encoding="utf-8")


def blocks(size: tuple[int, int], numbers: Sequence[int], seed: int = 0) -> Map:
    """A label map of those numbers, drawn at random."""
    drawn = np.random.default_rng(seed).choice(np.asarray(numbers, np.int32), size)
    return np.asarray(drawn, np.int32)


def exact(size: tuple[int, int]) -> Preparation:
    """A preparation under which label maps of half the input have a picture's own resolution."""
    return Preparation(size=(2 * size[0], 2 * size[1]))


def only_map(labels: Labels, category: str) -> Map:
    """The one label map of a category."""
    (found,) = labels[category]
    assert isinstance(found, np.ndarray)
    return found


def named(labelled: Labelled, values: NDArray[np.integer]) -> set[str]:
    """The names of the concepts in a label map."""
    names = {one.number: one.name for one in labelled.concepts}
    return {names[number] for number in np.unique(values).tolist() if number}


def broden(root: Path, *, size: tuple[int, int] = (8, 8), half: tuple[int, int] = (4, 4)) -> Path:
    """Three pictures: maps and a scene; two maps of objects and two textures; a scene alone.

    sky (1) and car (2) are objects, door (3) covers more as a part than as an object, 300 is a part, 5 and 6 textures,
    7 and 8 scenes.
    """
    for number, name in enumerate(["a", "b", "c"]):
        photograph(root / f"images/{name}.jpg", size, number)
    coded(root / "images/a_object.png", blocks(half, [0, 1, 2, 3], 1))
    coded(root / "images/a_part.png", blocks(half, [0, 3, 300], 2))
    coded(root / "images/b_object_1.png", blocks(half, [0, 1], 3))
    coded(root / "images/b_object_2.png", blocks(half, [0, 2], 4))
    shapes = (*size, *half)
    table(
        root / "index.csv",
        [
            ("image", "split", "ih", "iw", "sh", "sw", "object", "part", "scene", "texture"),
            ("a.jpg", "train", *shapes, "a_object.png", "a_part.png", "7", ""),
            ("b.jpg", "train", *shapes, "b_object_1.png;b_object_2.png", "", "", "5;6"),
            ("c.jpg", "val", *shapes, "", "", "8", ""),
        ],
    )
    table(root / "category.csv", [("name",), ("object",), ("part",), ("scene",), ("texture",)])
    names = {1: "sky", 2: "car", 3: "door", 300: "wheel", 5: "striped", 6: "dotted", 7: "street", 8: "beach"}
    table(root / "label.csv", [("number", "name", "category"), *((n, name, "") for n, name in names.items())])
    covers: dict[str, dict[int, float]] = {
        "object": {1: 9.0, 2: 4.0, 3: 1.0},
        "part": {3: 2.5, 300: 1.0},
        "scene": {7: 1, 8: 1},
        "texture": {5: 1, 6: 1},
    }
    for category, shares in covers.items():
        rows = [(place, number, names[number], 1, share) for place, (number, share) in enumerate(shares.items())]
        table(root / f"c_{category}.csv", [("code", "number", "name", "frequency", "coverage"), *rows])
    return root
