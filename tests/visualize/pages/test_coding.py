"""Pictures for browsing, read again by Pillow."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from visualize.pages.coding import coded, data_uri, scaled


def test_a_picture_fits_into_the_side_and_keeps_its_shape() -> None:
    picture = np.zeros((300, 200, 3), np.uint8)
    assert scaled(picture, 150).size == (100, 150)
    assert scaled(picture, 400).size == (200, 300)


def test_charts_lose_nothing_and_photographs_little() -> None:
    gradient = np.stack(np.broadcast_arrays(np.arange(64)[:, None] * 3, np.arange(64) * 3, 90), -1).astype(np.uint8)
    image = Image.fromarray(gradient)
    exact = np.asarray(Image.open(io.BytesIO(coded(image, drawn=True))).convert("RGB"))
    close = np.asarray(Image.open(io.BytesIO(coded(image))).convert("RGB")).astype(float)
    assert (exact == gradient).all()
    assert np.abs(close - gradient).mean() < 4


def test_an_address_holds_the_picture() -> None:
    head, _, body = data_uri(b"abc").partition(",")
    assert head == "data:image/webp;base64"
    assert base64.b64decode(body) == b"abc"
