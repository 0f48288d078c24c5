"""Outputs of any order of axes as maps."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from visualize.methods.network.axes import Axes, Grid, as_maps, patch_grid

_MAPS = torch.randn(2, 7, 3, 4, generator=torch.Generator().manual_seed(0))  # N x C x H x W
_SHAPE = (48, 64)


@given(st.integers(1, 20), st.integers(1, 20), st.sampled_from([8, 14, 16, 32]))
def test_a_count_of_patches_has_the_grid_of_the_inputs_aspect(rows: int, columns: int, patch: int) -> None:
    assert patch_grid(rows * columns, (rows * patch, columns * patch)) == (rows, columns)


def test_counts_without_a_grid_of_that_aspect() -> None:
    assert patch_grid(11, _SHAPE) is None
    assert patch_grid(0, _SHAPE) is None
    assert patch_grid(-3, _SHAPE) is None


@pytest.mark.parametrize(
    ("order", "axes"),
    [
        ("NCHW", (0, 1, 2, 3)),
        ("NHWC", (0, 2, 3, 1)),
        ("NWHC", (0, 3, 2, 1)),
        ("HNCW", (2, 0, 1, 3)),
        ("WCNH", (3, 1, 0, 2)),
    ],
)
def test_any_order_of_axes_becomes_maps(order: str, axes: tuple[int, ...]) -> None:
    given_maps = as_maps(_MAPS.permute(axes), Axes(order), _SHAPE)
    assert given_maps is not None
    assert torch.equal(given_maps, _MAPS)


@pytest.mark.parametrize(("front", "back", "gap", "extra"), [(0, 0, 0, 0), (1, 0, 0, 0), (5, 2, 0, 0), (0, 0, 6, 2)])
@pytest.mark.parametrize("order", ["NTC", "NCT", "TNC"])
@pytest.mark.parametrize("down", [False, True])
def test_tokens_become_maps(order: str, front: int, back: int, gap: int, extra: int, *, down: bool) -> None:
    sequence = (_MAPS.transpose(2, 3) if down else _MAPS).flatten(2).transpose(1, 2)
    odd = torch.full((2, 9, 7), torch.nan)
    sequence = torch.cat([odd[:, :front], sequence[:, :gap], odd[:, :extra], sequence[:, gap:], odd[:, :back]], 1)
    grid = Grid((3, 4), _SHAPE, front, back, (gap, extra), down)
    given_maps = as_maps(sequence.permute(["NTC".index(letter) for letter in order]), Axes(order, grid), _SHAPE)
    assert given_maps is not None
    assert torch.equal(given_maps, _MAPS)


def test_grids_follow_the_size_of_the_input() -> None:
    grid = Grid((3, 4), _SHAPE, front=1)
    larger = grid.places(1 + 6 * 10, (96, 160))
    assert larger is not None
    assert torch.equal(larger, 1 + torch.arange(60).view(6, 10))
    assert grid.places(1 + 59, (96, 160)) is None
    assert Grid((3, 4), _SHAPE, middle=(6, 1)).places(61, (96, 160)) is None  # where it stands there is not known


def test_a_map_of_a_single_unit_has_no_axis_for_it() -> None:
    single = as_maps(_MAPS[:, 0], Axes("NHW"), _SHAPE)
    assert single is not None
    assert torch.equal(single, _MAPS[:, :1])


def test_features_are_maps_of_one_place() -> None:
    flat = torch.rand(2, 7)
    for output, order in ((flat, "NC"), (flat[:, None], "N1C"), (flat[:, :, None], "NC1"), (flat.T[None], "1CN")):
        given_maps = as_maps(output, Axes(order), _SHAPE)
        assert given_maps is not None
        assert torch.equal(given_maps, flat[:, :, None, None])


def test_an_output_without_places_has_no_maps() -> None:
    assert as_maps(_MAPS, Axes(reason="it lies in windows"), _SHAPE) is None
    assert as_maps(_MAPS, Axes("NTC", Grid((3, 4), _SHAPE)), _SHAPE) is None
    assert as_maps(torch.rand(2, 2, 7), Axes("N1C"), _SHAPE) is None
