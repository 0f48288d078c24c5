"""Outputs of any order of axes as maps."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from methods.network.axes import as_maps, axes, patch_grid


@given(st.integers(1, 20), st.integers(1, 20), st.sampled_from([0, 1, 2, 4, 5]), st.sampled_from([8, 14, 16, 32]))
def test_the_grid_of_patches_is_found_from_the_count_of_tokens(rows: int, columns: int, extra: int, patch: int) -> None:
    """Where several readings fit, the one with the fewest tokens left over is taken."""
    shape = (rows * patch, columns * patch)
    counts = patch_grid(rows * columns + extra, shape)
    assert counts is not None
    assert abs(counts[0] / counts[1] - rows / columns) <= 0.02 * max(counts[0] / counts[1], rows / columns)
    assert rows * columns + extra - counts[0] * counts[1] in {0, 1, 2, 4, 5}
    if extra == 0:
        assert counts == (rows, columns)


def test_tokens_become_maps_row_by_row() -> None:
    maps = torch.randn(2, 7, 3, 4, generator=torch.Generator().manual_seed(0))
    tokens = torch.cat([torch.zeros(2, 1, 7), maps.flatten(2).transpose(1, 2)], 1)
    result = as_maps(tokens, None, (48, 64))
    assert result is not None
    assert torch.equal(result, maps)
    assert as_maps(torch.zeros(2, 11, 7), None, (48, 64)) is None
    last = as_maps(maps.permute(0, 2, 3, 1), "NHWC", (48, 64))
    assert last is not None
    assert torch.equal(last, maps)


@pytest.mark.parametrize(
    ("module", "shape", "layout"),
    [
        (nn.Conv2d(3, 7, 1), (1, 7, 12, 16), None),
        (nn.Linear(3, 7), (1, 12, 16, 7), "NHWC"),
        (nn.LayerNorm(7), (4, 3, 4, 7), "NHWC"),
        (nn.LayerNorm(7), (4, 49, 2, 7), "MIXED"),
        (nn.Identity(), (1, 12, 16, 7), "NHWC"),
        (nn.Identity(), (1, 7, 12, 16), None),
        (nn.Linear(3, 7), (1, 7), None),
    ],
)
def test_the_order_of_axes_is_told_by_the_module_and_the_aspect_of_the_input(
    module: nn.Module, shape: tuple[int, ...], layout: str | None
) -> None:
    assert axes(shape, (48, 64), module) == layout


def test_an_output_without_places_has_no_maps() -> None:
    assert as_maps(torch.zeros(4, 3, 4, 7), "MIXED", (48, 64)) is None
    flat = torch.rand(2, 7)
    assert torch.equal(as_maps(flat, None, (48, 64)), flat[:, :, None, None])  # type: ignore[arg-type]
