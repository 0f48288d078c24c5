from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from skimage import data, segmentation

from methods.drawing.highlight import CONCEPT, OUTLINE, enlarged, highlight, outlined
from methods.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from methods.drawing.panel import Picture


@pytest.fixture(scope="module")
def photograph() -> Picture:
    return np.ascontiguousarray(data.astronaut()[::2, ::2])


@pytest.fixture(scope="module")
def region() -> NDArray[np.bool_]:
    rows, columns = np.mgrid[:256, :256]
    return np.asarray((rows - 100) ** 2 / 900 + (columns - 140) ** 2 / 2500 < 1)


def test_the_region_keeps_its_pixels_and_all_else_is_darker(photograph: Picture, region: NDArray[np.bool_]) -> None:
    shown = highlight(photograph, region)
    assert (shown[region] == photograph[region]).all()
    outline = (shown == np.array(OUTLINE)).all(axis=2)
    rest = ~region & ~outline
    before, after = (picture[rest].astype(int).sum(axis=1) for picture in (photograph, shown))
    assert (after[before > 0] < before[before > 0]).all()
    assert after.mean() < 0.6 * before.mean()


def test_the_outline_is_the_region_s_outer_boundary(photograph: Picture, region: NDArray[np.bool_]) -> None:
    outline = (highlight(photograph, region) == np.array(OUTLINE)).all(axis=2)
    boundary = segmentation.find_boundaries(region, connectivity=1, mode="outer")
    assert (outline[boundary]).all()
    assert not outline[region].any()


def test_the_window_is_lighter_than_what_lies_outside_it(photograph: Picture, region: NDArray[np.bool_]) -> None:
    flat = np.full_like(photograph, 128)
    shown = highlight(flat, region, (40, 60, 180, 230))
    assert (shown[40, 60:230].mean(axis=1) > 150).all()  # its frame
    assert shown[60, 70].mean() > shown[20, 70].mean() + 20
    assert (shown[region] == 128).all()


def test_a_soft_mask_is_cut_at_a_half(photograph: Picture, region: NDArray[np.bool_]) -> None:
    soft = np.where(region, 0.5, 0.49)
    assert (highlight(photograph, soft) == highlight(photograph, region)).all()


def test_tiny_pictures_are_dimmed_without_lines() -> None:
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
