"""Scaling maps up, against torch's own resizing and against a loop over pixels in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from visualize.methods.network.receptive_field.field import ReceptiveField
from visualize.methods.network.upsample import upsample


def _maps(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("field", [None, ReceptiveField((40, 52), (0, 0), (19.5, 25.5))])
@pytest.mark.parametrize("size", [(40, 52), (7, 9), (13, 13), (6, 90)])
def test_without_a_field_it_is_torchs_resizing(size: tuple[int, int], field: ReceptiveField | None) -> None:
    maps = _maps(2, 3, 6, 7)
    wanted = F.interpolate(maps, size, mode="bilinear", align_corners=False)
    torch.testing.assert_close(upsample(maps, size, field), wanted, rtol=1e-12, atol=1e-12)


def _by_hand(plane: np.ndarray, place: tuple[int, int], field: ReceptiveField) -> float:
    """Bilinear between the four nearest centres; beyond the outermost centres, the nearest goes on."""
    low, share = [], []
    for axis in range(2):
        centres = field.offset[axis] + field.stride[axis] * np.arange(plane.shape[axis])
        at = np.interp(place[axis], centres, np.arange(plane.shape[axis]))
        first = min(int(at), plane.shape[axis] - 2)
        low.append(first)
        share.append(at - first)
    (r, c), (a, b) = low, share
    upper = (1 - b) * plane[r, c] + b * plane[r, c + 1]
    lower = (1 - b) * plane[r + 1, c] + b * plane[r + 1, c + 1]
    return float((1 - a) * upper + a * lower)


@pytest.mark.parametrize(
    "field",
    [
        ReceptiveField((11, 11), (4, 4), (3.0, 3.0)),
        ReceptiveField((8, 5), (5, 3), (-1.5, 6.0)),
        ReceptiveField((3, 3), (1, 1), (1.0, 1.0)),
    ],
)
def test_samples_are_anchored_at_the_centres_of_their_fields(field: ReceptiveField) -> None:
    maps = _maps(5, 6)
    scaled = upsample(maps, (24, 21), field)
    for row in range(24):
        for column in range(21):
            assert scaled[row, column].item() == pytest.approx(_by_hand(maps.numpy(), (row, column), field), abs=1e-12)


@given(
    st.tuples(st.integers(1, 6), st.integers(1, 6)),
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.tuples(st.sampled_from([0.5, 1, 2, 8]), st.sampled_from([1, 3, 16])),
    st.tuples(st.floats(-30, 30), st.floats(-30, 30)),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_no_value_leaves_the_maps_range(
    map_size: tuple[int, int],
    size: tuple[int, int],
    stride: tuple[float, float],
    offset: tuple[float, float],
    anchored: bool,  # noqa: FBT001 (hypothesis gives it)
) -> None:
    maps = _maps(2, *map_size, seed=map_size[0])
    scaled = upsample(maps, size, ReceptiveField((3, 3), stride, offset) if anchored else None)
    assert scaled.shape == (2, *size)
    for plane, large in zip(maps, scaled, strict=True):
        assert large.max() <= plane.max() + 1e-12
        assert large.min() >= plane.min() - 1e-12
