"""Labels written in each layout give the same dissection: whatever differs lies in a layout's own drawing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_masks

from tests.visualize.cli.kit import TINY, viz
from tests.visualize.cli.shops import dissecting
from tests.visualize.data.made_sets import grey

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SIZE = (16, 16)
NAMES = {1: "apple", 2: "leaf"}
COLOURS = {0: (0, 0, 0), 1: (200, 10, 10), 2: (10, 200, 10)}


def _rectangles() -> list[list[tuple[int, tuple[int, int, int, int]]]]:
    """Of each picture the concepts' rectangles: left, top, right, bottom, the last within, which nowhere meet."""
    drawn = np.random.default_rng(0)
    result = []
    for _ in range(8):
        tops, talls = drawn.integers(0, 8, 2).tolist(), drawn.integers(3, 8, 2).tolist()
        result.append(
            [
                (number, (left, top, left + 5, top + tall))
                for number, left, top, tall in zip((1, 2), (1, 9), tops, talls, strict=True)
            ]
        )
    return result


def _values(rectangles: list[tuple[int, tuple[int, int, int, int]]]) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    values = np.zeros(SIZE, np.int32)
    for number, (left, top, right, bottom) in rectangles:
        values[top : bottom + 1, left : right + 1] = number
    return values


def _corners(rectangle: tuple[int, int, int, int]) -> list[list[int]]:
    left, top, right, bottom = rectangle
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


def _photographs(root: Path) -> None:
    """Red where there are apples and green where there are leaves, with noise, so that units tell them apart."""
    (root / "images").mkdir(parents=True)
    for place, rectangles in enumerate(_rectangles()):
        colours = np.random.default_rng(place).integers(0, 120, (*SIZE, 3)).astype(np.uint8)
        values = _values(rectangles)
        colours[values == 1, 0] = 230
        colours[values == 2, 1] = 230
        Image.fromarray(colours).save(root / f"images/{place}.png")


def _plain(root: Path) -> None:
    for place, rectangles in enumerate(_rectangles()):
        grey(root / f"masks/{place}.png", _values(rectangles))
    (root / "names.txt").write_text("1 apple\n2 leaf\n")


def _beside(root: Path) -> None:
    for place, rectangles in enumerate(_rectangles()):
        grey(root / f"images/{place}_mask.png", _values(rectangles) - 1 + 256 * (_values(rectangles) == 0))
    (root / "names.txt").write_text("0 apple\n1 leaf\n")


def _painted(root: Path) -> None:
    colours = np.array([COLOURS[number] for number in range(3)], np.uint8)
    (root / "masks").mkdir()
    for place, rectangles in enumerate(_rectangles()):
        Image.fromarray(colours[_values(rectangles)]).save(root / f"masks/{place}.png")
    (root / "colors.txt").write_text("apple 200 10 10\nleaf 10 200 10\n")


def _coco(root: Path) -> None:
    annotations = []
    for place, rectangles in enumerate(_rectangles()):
        for number, _ in rectangles:
            runs = coco_masks.encode(np.asfortranarray((_values(rectangles) == number).astype(np.uint8)))
            outline = {**runs, "counts": runs["counts"].decode()}
            annotations.append({"image_id": place, "category_id": number, "iscrowd": 0, "segmentation": outline})
    images = [{"id": place, "file_name": f"{place}.png", "height": SIZE[0], "width": SIZE[1]} for place in range(8)]
    categories = [{"id": number, "name": name} for number, name in NAMES.items()]
    content = {"images": images, "annotations": annotations, "categories": categories}
    (root / "instances.json").write_text(json.dumps(content))


def _labelme(root: Path) -> None:
    for place, rectangles in enumerate(_rectangles()):
        shapes = [
            {"label": NAMES[number], "points": _corners(rectangle), "shape_type": "polygon", "group_id": None}
            for number, rectangle in rectangles
        ]
        content = {"shapes": shapes, "imagePath": f"{place}.png", "imageHeight": SIZE[0], "imageWidth": SIZE[1]}
        (root / f"images/{place}.json").write_text(json.dumps(content))


def _yolo(root: Path) -> None:
    (root / "labels").mkdir()
    for place, rectangles in enumerate(_rectangles()):
        lines = []
        for number, rectangle in rectangles:
            points = np.array(_corners(rectangle))
            drawn = cv2.fillPoly(np.zeros(SIZE, np.uint8), [points.astype(np.int32)], [number])
            np.testing.assert_array_equal(drawn == number, _values(rectangles) == number)
            shares = (points + 1e-4) / SIZE[::-1]
            lines.append(" ".join([str(number - 1), *(f"{share:.6f}" for share in shares.ravel())]))
        (root / f"labels/{place}.txt").write_text("\n".join(lines))
    (root / "data.yaml").write_text("names: [apple, leaf]\n")


def _table(root: Path, write: Callable[[Path], None]) -> list[list[str]]:
    """Table of a dissection of photographs with labels that are written so."""
    _photographs(root / "set")
    write(root / "set")
    (root / "tiny.py").write_text(TINY)
    result = viz(*dissecting(root, "--out", root / "out"))
    assert result.status == 0, result.err
    return [line.split(",") for line in (root / "out/relu.csv").read_text().splitlines()]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    return _table(tmp_path_factory.mktemp("plain"), _plain)


@pytest.mark.parametrize("write", [_beside, _painted, _coco, _labelme, _yolo])
def test_the_same_labels_give_the_same_table(
    tmp_path: Path, write: Callable[[Path], None], expected: list[list[str]]
) -> None:
    assert len(expected) > 2
    assert any(float(cell) > 0 for cell in expected[1] if cell.replace(".", "").isdigit())
    assert _table(tmp_path, write) == expected
