"""Probe sets written for a test, in the layouts that are read."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from visualize.methods.network.preprocessing import Preparation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from visualize.methods.pictures.labelled import Labelled, Labels

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


def rewrite(path: Path, old: str, new: str) -> None:
    """Replace the first place where a text file holds ``old``."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def colour_names(path: Path, seed: int = 0) -> Path:
    """Write a table of colour names, drawn at random."""
    np.save(path, np.random.default_rng(seed).integers(0, 11, (32, 32, 32), np.uint8))
    return path


def blocks(size: tuple[int, int], numbers: Sequence[int], seed: int = 0) -> Map:
    """A label map of those numbers, drawn at random."""
    drawn = np.random.default_rng(seed).choice(np.asarray(numbers, np.int32), size)
    return np.asarray(drawn, np.int32)


def exact(size: tuple[int, int]) -> Preparation:
    """A preparation under which label maps of half the input have a picture's own resolution."""
    return Preparation(size=(2 * size[0], 2 * size[1]))


def only_map(labels: Labels, category: str) -> Map:
    """The one label map of a category."""
    (label_map,) = labels[category]
    assert isinstance(label_map, np.ndarray)
    return label_map


def named(labelled: Labelled, values: NDArray[np.integer]) -> set[str]:
    """The names of the concepts in a label map."""
    names = {concept.number: concept.name for concept in labelled.concepts}
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


def stripes(path: Path, *values: int) -> None:
    """Write a label map of four rows, each of which holds these grey values."""
    grey(path, np.array([values] * 4))


def scene_parsing(root: Path) -> Path:
    """Two pictures as the scene parsing challenge has them: objects 1 to 3, an airport and a bathroom."""
    for name in ("ADE_train_1", "ADE_train_2"):
        photograph(root / f"images/training/{name}.jpg", (4, 4))
        stripes(root / f"annotations/training/{name}.png", 1, 0, 2, 3)
    (root / "objectInfo150.txt").write_text(
        "Idx\tRatio\tTrain\tVal\tName\n1\t.1\t5\t6\twall\n2 \t.1\t5\t6\tscreen door, screen\n"
        "3\t.1\t5\t6\tscreen, CRT screen \n"
    )
    (root / "sceneCategories.txt").write_text("ADE_train_1 airport_terminal\nADE_train_2 bathroom\n")
    return root


def cityscapes(root: Path) -> Path:
    """A picture of Ulm with its label map, and one of the test split without a map worth the name."""
    photograph(root / "leftImg8bit/val/ulm/ulm_1_leftImg8bit.png", (4, 4))
    photograph(root / "leftImg8bit/test/bonn/bonn_1_leftImg8bit.png", (4, 4))
    stripes(root / "gtFine/val/ulm/ulm_1_gtFine_labelIds.png", 7, 3, 0, 26)
    stripes(root / "gtFine/val/ulm/ulm_1_gtFine_instanceIds.png", 9, 9, 9, 9)
    stripes(root / "gtFine/test/bonn/bonn_1_gtFine_labelIds.png", 0, 0, 0, 0)
    return root


def voc(root: Path) -> Path:
    """Three pictures of Pascal VOC 2012, two of them with segmentations in a palette."""
    kit = root / "VOCdevkit/VOC2012"
    for name in ("2007_01", "2007_02", "2007_03"):
        photograph(kit / f"JPEGImages/{name}.jpg", (4, 4))
    for name in ("2007_01", "2007_02"):
        mask = Image.fromarray(np.array([[7, 0, 255, 20]] * 4, np.uint8), "P")
        mask.putpalette([value for number in range(256) for value in (255 - number, number, 7)])
        (kit / "SegmentationClass").mkdir(exist_ok=True)
        mask.save(kit / f"SegmentationClass/{name}.png")
    (kit / "ImageSets/Segmentation").mkdir(parents=True)
    (kit / "ImageSets/Segmentation/trainval.txt").write_text("2007_01\n2007_02\n")
    return root


def masks(root: Path) -> Path:
    """Three images: one with a grey mask, one with a mask in colour, one without."""
    photograph(root / "images/a/one.jpg", (4, 4))
    photograph(root / "images/two.png", (4, 4))
    photograph(root / "images/three.webp", (4, 4))
    stripes(root / "masks/a/one.png", 1, 0, 2, 255)
    coded(root / "masks/two.png", np.array([[300, 1, 0, 2]] * 4))
    table(
        root / "names.csv",
        [("number", "name", "category"), (1, "wall", ""), (2, "oak", "material"), (300, "rug", "object")],
    )
    return root
