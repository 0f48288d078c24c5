"""Panels side by side as one picture."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from visualize.methods.drawing.panel import Panel, Picture
from visualize.methods.drawing.row import png, row


def _noise(height: int, width: int, seed: int = 0) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def _places(sheet: Picture, picture: Picture) -> int:
    """How often a picture lies in a sheet, pixel for pixel."""
    height, width = picture.shape[:2]
    rows, columns = sheet.shape[0] - height + 1, sheet.shape[1] - width + 1
    corners = (sheet[:rows, :columns] == picture[0, 0]).all(axis=2)
    return sum(
        bool((sheet[top : top + height, left : left + width] == picture).all()) for top, left in np.argwhere(corners)
    )


@pytest.mark.parametrize("count", [1, 4, 9, 20])
def test_a_row_shows_every_picture_once_and_unchanged(count: int) -> None:
    pictures = [_noise(64, 48, seed) for seed in range(count)]
    sheet = row([Panel(picture, f"number {number}") for number, picture in enumerate(pictures)], height=64, width=700)
    assert sheet.width <= 700
    assert [_places(np.asarray(sheet), picture) for picture in pictures] == [1] * count


def test_a_diagram_keeps_its_own_size_beside_scaled_pictures() -> None:
    diagram = _noise(90, 300)
    sheet = row([Panel(_noise(8, 8, 1), "tiny"), Panel(diagram, "", wide=True)], height=224)
    assert _places(np.asarray(sheet), diagram) == 1
    assert sheet.height >= 224


def test_a_longer_caption_makes_the_sheet_taller_by_whole_lines() -> None:
    def tall(caption: str) -> int:
        return row([Panel(_noise(100, 100), caption)], height=100, size=14).height

    line = tall("one\ntwo") - tall("one")
    assert line >= 14
    assert tall("one\ntwo\nthree\nfour") == tall("one") + 3 * line


def test_the_margin_stays_white_however_long_the_caption() -> None:
    sheet = np.asarray(row([Panel(_noise(224, 30), "a/long/path/that/cannot/break.jpg " * 5)], gap=12))
    assert (sheet[:, -12:] == 255).all()
    assert (sheet[-12:] == 255).all()


def test_png_holds_the_pixels() -> None:
    picture = _noise(5, 7)
    assert (np.asarray(Image.open(io.BytesIO(png(Image.fromarray(picture))))) == picture).all()
