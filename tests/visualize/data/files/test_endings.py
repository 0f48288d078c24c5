from __future__ import annotations

import pytest
from PIL import Image

from visualize.data.files.endings import ENDINGS, is_picture


def test_pillow_reads_files_of_every_ending() -> None:
    assert set(Image.registered_extensions()) >= ENDINGS


@pytest.mark.parametrize(
    ("name", "taken"),
    [("a.jpg", True), ("b.JPEG", True), ("c.d.tif", True), (".e.png", False), ("png", False), ("f.txt", False)],
)
def test_visible_files_with_an_ending_of_pictures_are_taken(name: str, taken: bool) -> None:  # noqa: FBT001
    assert is_picture(name) is taken
