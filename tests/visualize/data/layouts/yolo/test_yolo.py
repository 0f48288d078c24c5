from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from tests.visualize.data.made_sets import exact, grey, photograph
from visualize.data import open_labelled
from visualize.methods.errors import BrokenImage, InputError

if TYPE_CHECKING:
    from pathlib import Path

SIZE = (48, 64)
FULL = exact(SIZE)


def _set(root: Path, *lines: str, names: str = "names: [car, dog]\n") -> Path:
    photograph(root / "images/train/a.jpg", SIZE)
    photograph(root / "images/train/b.jpg", SIZE)
    (root / "labels/train").mkdir(parents=True)
    (root / "labels/train/a.txt").write_text("\n".join(lines))
    (root / "data.yaml").write_text(names)
    return root


def _line(number: int, points: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    return " ".join([str(number), *(f"{value:.6f}" for value in (points / (SIZE[1], SIZE[0])).ravel())])


def test_outlines_are_filled_as_opencv_fills_them(tmp_path: Path) -> None:
    """Both programs that convert this format, ultralytics and supervision, fill whole numbers with cv2.fillPoly."""
    angles = np.linspace(0, 2 * np.pi, 9)[:-1]
    star = np.stack([30.3 + np.cos(angles) * 20, 24.3 + np.sin(angles) * 17], 1)
    box = np.array([[2.0, 3], [40, 3], [40, 30], [2, 30]]) + 1e-3
    _set(tmp_path, _line(0, star), _line(1, box))
    labelled = open_labelled(tmp_path)
    maps = labelled.labels(0, FULL)["object"]
    for number, points in ((1, star), (2, box)):
        expected = cv2.fillPoly(np.zeros(SIZE, np.uint8), [points.astype(np.int32)], [1])
        given = np.any([np.asarray(each) == number for each in maps], axis=0)
        np.testing.assert_array_equal(given, expected > 0)
    assert labelled.labels(1, FULL) == {}


def test_labels_are_those_of_the_same_mask_with_names(tmp_path: Path) -> None:
    one, two = (np.array([[x, 4.0], [x + 10, 4], [x + 10, 20], [x, 20]]) for x in (2, 30))
    one, two = one + 1e-3, two + 1e-3  # six digits of a share may lie below a whole pixel
    _set(tmp_path / "yolo", _line(0, one), _line(1, two))
    values = np.zeros(SIZE, np.int32)
    values[4:21, 2:13], values[4:21, 30:41] = 1, 2
    photograph(tmp_path / "own/images/train/a.jpg", SIZE)
    grey(tmp_path / "own/masks/train/a.png", values)
    (tmp_path / "own/names.txt").write_text("1 car\n2 dog\n")
    yolo, own = open_labelled(tmp_path / "yolo"), open_labelled(tmp_path / "own")
    assert yolo.concepts == own.concepts
    (given,), (expected,) = (each.labels(0, FULL)["object"] for each in (yolo, own))
    np.testing.assert_array_equal(given, expected)


def test_a_set_of_boxes_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="boxes, not outlines"):
        labelled = open_labelled(_set(tmp_path, "0 0.5 0.5 0.25 0.5"))
    (given,) = labelled.labels(0, FULL)["object"]
    assert (np.asarray(given)[12:36, 24:40] == 1).all()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0 0.1 0.1 nan 0.2 0.3 0.3", "is no class with numbers"),
        ("0 0.1 0.1 1e400 0.2 0.3 0.3", "no shares of width and height"),
        ("0 0.1 0.1 1e200 0.2 0.3 0.3", "no shares of width and height"),
        ("0 10 10 40 10 40 40", "no shares of width and height"),
        ("0 0.1 0.1 0.2 0.2 0.3 0.3 0.4", "which are no points"),
        ("0 " + "0 0 1 1 " * 40_000, "pixels long"),
    ],
)
def test_lines_that_are_no_outlines_break_their_picture(line: str, message: str, tmp_path: Path) -> None:
    labelled = open_labelled(_set(tmp_path, "0 0.1 0.1 0.2 0.1 0.2 0.2", line))
    with pytest.raises(BrokenImage, match=message):
        labelled.labels(0, FULL)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    root = _set(tmp_path, "7 0.1 0.1 0.2 0.1 0.2 0.2")
    with pytest.raises(InputError, match="does not have class 7"):
        open_labelled(root).labels(0, FULL)
    (root / "data.yaml").unlink()
    with pytest.raises(InputError, match=r"no file that names the classes: data\.yaml"):
        open_labelled(root)
