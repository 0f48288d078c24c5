from __future__ import annotations

import numpy as np
import pytest
from skimage.util import img_as_ubyte

from visualize.methods.drawing.panel import Panel, Picture, figure, to_uint8
from visualize.methods.errors import InputError


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 4, 3), np.float32),
    ],
)
def test_other_pictures_are_refused(picture: Picture) -> None:
    with pytest.raises(InputError, match="H x W x 3 of uint8"):
        Panel(picture, "")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (12084.7, "12085"), (1.70312, "1.70"), (0.0456789, "0.0457"), (-2500.2, "-2500"), (0.0, "0"), (99.96, "100"),
        (43.0, "43.0"), (3e12, "3.00e+12"),
    ],
)  # fmt: skip
def test_a_number_is_shown_with_three_digits_that_count(value: float, shown: str) -> None:
    assert figure(value) == shown


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_become_bytes_as_scikit_image_makes_them(dtype: type) -> None:
    values: np.ndarray = np.concatenate([np.linspace(0, 1, 1021), np.arange(255) / 255 + 0.5 / 255])
    values = values.reshape(-1, 4, 1).astype(dtype)
    np.testing.assert_array_equal(to_uint8(values), img_as_ubyte(values))
