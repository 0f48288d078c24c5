from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.kit.pictures import pictures
from visualize.methods.transfer.pooling import by_length, grid_for, pooled


@given(units=st.integers(1, 3000), tall=st.integers(1, 60), wide=st.integers(1, 60), numbers=st.integers(1, 10_000))
def test_a_grid_keeps_to_the_map_and_to_the_number_of_features(units: int, tall: int, wide: int, numbers: int) -> None:
    rows, columns = grid_for(units, (tall, wide), numbers)
    assert 1 <= rows <= tall
    assert 1 <= columns <= wide
    assert units * rows * columns <= max(numbers, units)


def test_a_map_that_is_small_enough_is_taken_whole() -> None:
    maps = pictures(2, (7, 9))
    assert grid_for(3, (7, 9), 189) == (7, 9)
    assert torch.equal(pooled(maps, (7, 9)), maps.flatten(1))


def test_one_number_a_unit_is_the_mean_over_all_positions() -> None:
    maps = pictures(4, (7, 9), dtype=torch.float64)
    assert grid_for(3, (7, 9), 1) == (1, 1)
    torch.testing.assert_close(pooled(maps, (1, 1)).double(), maps.mean((2, 3)), rtol=1e-6, atol=0)


@pytest.mark.parametrize(("map_size", "grid"), [((12, 12), (4, 4)), ((13, 9), (4, 3)), ((1, 8), (1, 4))])
def test_cells_are_means_of_their_part_of_the_map(map_size: tuple[int, int], grid: tuple[int, int]) -> None:
    maps = pictures(2, map_size)
    cells = pooled(maps, grid).reshape(2, 3, *grid)
    for row in range(grid[0]):
        for column in range(grid[1]):
            (top, bottom), (left, right) = (
                (place * size // parts, -(-(place + 1) * size // parts))
                for place, size, parts in zip((row, column), map_size, grid, strict=True)
            )
            part = maps[:, :, top:bottom, left:right].double().mean((2, 3))
            torch.testing.assert_close(cells[:, :, row, column].double(), part, rtol=1e-6, atol=1e-7)


def test_rows_get_the_length_one() -> None:
    rows = np.random.default_rng(0).normal(size=(5, 30)).astype(np.float32)
    np.testing.assert_allclose(np.linalg.norm(by_length(rows), axis=1), 1, rtol=1e-12)
    exact = rows.astype(np.float64)
    np.testing.assert_allclose(
        by_length(rows, more=1e-5), exact / (np.sqrt((exact**2).sum(1)) + 1e-5)[:, None], rtol=1e-12
    )
