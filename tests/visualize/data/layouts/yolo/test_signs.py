from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.visualize.data.made_sets import photograph
from visualize.data import open_images
from visualize.data.layouts.registry import recognise

if TYPE_CHECKING:
    from pathlib import Path

OUTLINE, BOX = "0 0.1 0.1 0.2 0.1 0.2 0.2\n", "1 0.5 0.5 0.25 0.5\n"


def _texts(root: Path, text: str, *, beside: bool, names: str | None = None) -> Path:
    for place in range(4):
        photograph(root / ("{}.jpg" if beside else "images/{}.jpg").format(place), (8, 8))
        path = root / ("{}.txt" if beside else "labels/{}.txt").format(place)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    if names is not None:
        (root / names).write_text("car\ndog\n" if names.endswith("txt") else "names: [car, dog]\n")
    return root


@pytest.mark.parametrize("beside", [True, False])
@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        (OUTLINE * 9 + "a remark\n", None, "yolo"),  # and what names its classes is asked for
        (OUTLINE * 8 + "a remark\n", None, None),
        (BOX * 9, None, None),
        (BOX, "data.yaml", "yolo"),
        (OUTLINE + "a remark\n", "classes.txt", "yolo"),
        ("a dog in the rain\n", "classes.txt", None),
        ("5 0.1 0.2\n", "classes.txt", None),
        ("1 2 3 4 5 6 7\n", None, None),  # numbers beyond 1
        ("1 2 3 4 5 6 7\n", "data.yaml", None),
        ("0 " + "0.123 0.456 " * 1000, None, "yolo"),  # longer than what is looked at
        ("", "data.yaml", None),
    ],
)
def test_texts_beside_pictures_are_yolos_by_their_lines_alone(
    tmp_path: Path, text: str, names: str | None, expected: str | None, *, beside: bool
) -> None:
    root = _texts(tmp_path, text, beside=beside, names=names)
    assert recognise(root) == expected
    assert len(open_images(f"folder:{root}")) == 4


def test_captions_leave_a_folder_of_plain_pictures_one(tmp_path: Path) -> None:
    assert len(open_images(_texts(tmp_path, "1 dog, 2 cats\n", beside=True))) == 4
