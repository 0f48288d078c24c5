from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.ndimage import binary_dilation
from skimage import color, data, segmentation

from visualize.methods.drawing.highlight import CONCEPT, OUTLINE, enlarged, highlight, outlined
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.methods.drawing.panel import Picture


@pytest.fixture(scope="module")
def photograph() -> Picture:
    return np.ascontiguousarray(data.astronaut()[::2, ::2])


@pytest.fixture(scope="module")
def region() -> NDArray[np.bool_]:
    rows, columns = np.mgrid[:256, :256]
    return np.asarray((rows - 100) ** 2 / 900 + (columns - 140) ** 2 / 2500 < 1)


def test_the_region_keeps_its_pixels_and_all_else_is_paler(photograph: Picture, region: NDArray[np.bool_]) -> None:
    shown = highlight(photograph, region)
    assert (shown[region] == photograph[region]).all()
    away = ~binary_dilation(region, iterations=24)
    before, after = (color.rgb2hsv(picture)[away] for picture in (photograph, shown))
    assert after[:, 1].mean() < 0.3 * before[:, 1].mean()  # in saturation
    assert after[:, 2].std() < 0.6 * before[:, 2].std()  # and in contrast


@pytest.mark.parametrize("light", [0.0, 0.05, 0.5, 1.0])
def test_the_surroundings_stay_visible_however_dark_the_photograph(
    photograph: Picture, region: NDArray[np.bool_], light: float
) -> None:
    picture = np.rint(light * photograph).astype(np.uint8)
    away = ~binary_dilation(region, iterations=24)
    before, after = (
        values[away].astype(float) @ (0.299, 0.587, 0.114) for values in (picture, highlight(picture, region))
    )
    # 75 for black and half of every difference, whatever the photograph; a byte is rounded by a half
    np.testing.assert_allclose(after, 75 + 0.5 * before, atol=0.51)
    window = highlight(picture, region, (0, 0, 256, 256))[away].astype(float) @ (0.299, 0.587, 0.114)
    edge = np.abs(window - (24 + 0.85 * before)) > 0.51
    assert edge.mean() < 0.02  # the frame


def test_the_outline_is_the_region_s_outer_boundary(photograph: Picture, region: NDArray[np.bool_]) -> None:
    outline = (highlight(photograph, region) == np.array(OUTLINE)).all(axis=2)
    boundary = segmentation.find_boundaries(region, connectivity=1, mode="outer")
    assert (outline[boundary]).all()
    assert not outline[region].any()


def test_the_window_keeps_more_of_the_photograph_than_what_lies_outside_it(
    photograph: Picture, region: NDArray[np.bool_]
) -> None:
    shown = highlight(photograph, region, (40, 60, 180, 230))
    assert (shown[40, 60:230] == 255).all()  # its frame
    assert (shown[39, 60:230] < 50).all()  # and the line around it, for light photographs
    apart = np.abs(shown.astype(int) - photograph).mean(axis=2)
    assert apart[42:48, 62:228].mean() < 0.5 * apart[30:38, 62:228].mean()
    assert (shown[region] == photograph[region]).all()


def test_a_soft_mask_is_cut_at_a_half(photograph: Picture, region: NDArray[np.bool_]) -> None:
    soft = np.where(region, 0.5, 0.49)
    assert (highlight(photograph, soft) == highlight(photograph, region)).all()


def test_tiny_pictures_are_paler_without_lines() -> None:
    picture, mask = np.full((8, 8, 3), 200, np.uint8), np.eye(8, dtype=bool)
    shown = highlight(picture, mask, (0, 0, 5, 5))
    assert (shown[mask] == 200).all()
    assert (shown[~mask] < 200).all()


def test_highlighting_leaves_its_arguments_alone(photograph: Picture, region: NDArray[np.bool_]) -> None:
    before = photograph.copy()
    highlight(photograph, region, (0, 0, 50, 50))
    assert (photograph == before).all()


def test_a_mask_of_another_size_is_an_error(photograph: Picture) -> None:
    with pytest.raises(InputError, match="does not fit"):
        highlight(photograph, np.ones((7, 7)))


def test_a_concept_is_outlined_by_its_region_s_inner_boundary(photograph: Picture, region: NDArray[np.bool_]) -> None:
    shown = outlined(photograph, region)
    boundary = segmentation.find_boundaries(region, connectivity=1, mode="inner")
    np.testing.assert_array_equal((shown != photograph).any(axis=2), boundary)
    assert (shown[boundary] == CONCEPT).all()


def test_a_coarse_mask_is_scaled_to_the_picture(photograph: Picture) -> None:
    coarse = np.zeros((8, 8), bool)
    coarse[2:6, 2:6] = True
    whole = np.kron(coarse, np.ones((32, 32), bool))
    np.testing.assert_array_equal(outlined(photograph, coarse), outlined(photograph, enlarged(coarse, photograph)))
    apart = enlarged(coarse, photograph) != whole
    assert apart.sum() < 4 * 32**2 / 10  # the corners alone are rounded
