from __future__ import annotations

import functools
import io
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.kit.hostile import bounded
from visualize.data.layouts.coco.masks import Runs, mask, require_drawable
from visualize.data.layouts.labelme.shapes import Shape, drawn
from visualize.data.layouts.outlines import require_few
from visualize.data.open import open_labelled
from visualize.methods import Preparation
from visualize.methods.errors import BrokenImage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

SIZE = (5000, 5000)
SMALL = Preparation(size=(32, 32))
WHOLE = np.array([[0.0, 0], [4999, 0], [4999, 4999], [0, 4999]])
TINY = np.array([[9.0, 9], [12, 9], [12, 12]])
RANDOM = np.random.default_rng(0).integers(0, 5000, (700, 2)).astype(float)
SECONDS = 8.0


@pytest.fixture
def brief() -> Iterator[None]:
    """Fail if the test takes more processor time than drawing may."""
    began = time.process_time()
    with bounded():
        yield
    assert time.process_time() - began < SECONDS


def _yolo(root: Path, lines: list[tuple[int, NDArray[np.float64]]]) -> Path:
    for folder in ("images", "labels"):
        (root / folder).mkdir()
    (root / "images/a.png").write_bytes(_black())
    (root / "data.yaml").write_text(f"names: [{', '.join(f'c{number}' for number in range(600))}]\n")
    texts = {id(points): _text(points) for _, points in lines}
    (root / "labels/a.txt").write_text("\n".join(f"{number} {texts[id(points)]}" for number, points in lines))
    return root


def _text(points: NDArray[np.float64]) -> str:
    """Shares of the picture's sides, of which those of a million points are few."""
    shares, places = np.unique(points / 5000, return_inverse=True)
    words = [f"{share:.4g}" for share in shares]
    return " ".join([words[place] for place in places.ravel()])


@functools.cache
def _black() -> bytes:
    """A black picture of that size, which takes longer to compress than to read."""
    file = io.BytesIO()
    Image.new("L", SIZE).save(file, "PNG")
    return file.getvalue()


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize(
    "lines",
    [
        [(number % 39, WHOLE) for number in range(40)],
        [(0, TINY)] * 10_000,
        [(0, TINY - [0, 11]), *[(number, TINY - 9) for number in range(70)]] * 10,
        [(0, RANDOM)] * 2,
    ],
    ids=["large", "many", "beyond", "long"],
)
def test_the_most_that_yolo_may_draw_takes_seconds(
    lines: list[tuple[int, NDArray[np.float64]]], tmp_path: Path
) -> None:
    labels = open_labelled(f"yolo:{_yolo(tmp_path, lines)}").labels(0, SMALL)
    assert len(labels["object"]) <= len({number for number, _ in lines})


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([(0, WHOLE)] * 100, "labels a.txt .* fill 2,525,000,000 pixels; at most 2,000,000,000"),
        ([(number, TINY) for number in range(100)], "fill 2,5.* pixels; at most"),
        ([(number, TINY) for number in range(501)], "501 concepts in one picture; at most 500"),
        ([(0, TINY)] * 20_001, "20,001 lines; at most 20,000"),
        ([(0, RANDOM)] * 4, "pixels long together; at most 5,000,000"),
        ([(0, np.zeros((1_100_000, 2)))], "labels a.txt cannot be used: .* bytes; at most"),
        ([(0, np.zeros((999_999, 2)))], "line 1 has 1,999,998 numbers"),
    ],
)
def test_more_than_yolo_may_draw_is_refused_at_once(
    lines: list[tuple[int, NDArray[np.float64]]], message: str, tmp_path: Path
) -> None:
    labelled = open_labelled(f"yolo:{_yolo(tmp_path, lines)}")
    with bounded(seconds=5, memory=400 << 20), pytest.raises(BrokenImage, match=message):
        labelled.labels(0, SMALL)


@pytest.mark.usefixtures("brief")
def test_thousands_of_cocos_polygons_are_the_union_of_their_masks() -> None:
    size, corners = (300, 300), np.random.default_rng(0).integers(0, 290, (20_000, 2))
    polygons = [tuple((TINY[:3] + corner).ravel() for corner in corners)]
    require_drawable([polygons], size)
    given = mask(polygons, size)
    expected = np.zeros(size, np.uint8)
    for part in range(0, len(corners), 8):  # what pycocotools merges by itself
        expected |= mask([polygons[0][part : part + 8]], size)
    np.testing.assert_array_equal(given, expected)


def test_more_than_coco_may_draw_is_refused() -> None:
    halves = Runs((10, 10), np.array([50.0, 50]))
    with pytest.raises(ValueError, match="20,001 outlines"):
        require_drawable([[halves] * 20_001], (10, 10))
    with pytest.raises(ValueError, match="long together"):
        require_drawable([[Runs((10, 10), "1" * 3_000_000)] * 2], (10, 10))
    with pytest.raises(ValueError, match="fill"):
        require_drawable([[halves]] * 81, SIZE)


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize("tall", [0, 4999])
def test_the_most_corners_that_labelme_may_have_take_seconds(tall: int) -> None:
    corners = np.random.default_rng(0).integers(0, 2, (20_000, 2)).astype(float)
    corners[0, 1] = tall
    drawn([Shape("a", "polygon", corners)] * 11, SIZE, {"a": 1})


def test_masks_that_are_pictures_count_for_more_as_each_is_decoded() -> None:
    require_few([WHOLE] * 5, SIZE)
    with pytest.raises(ValueError, match="5 outlines fill"):
        require_few([], SIZE, stored=[WHOLE] * 5)
