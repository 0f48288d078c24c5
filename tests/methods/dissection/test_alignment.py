"""Where pixels of label maps lie between samples, against torch's resizing and NetDissect's formula."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from hypothesis import given, settings

from visualize.methods.dissection.alignment import resampling
from visualize.methods.network.receptive_field.field import ReceptiveField
from visualize.methods.network.upsample import upsample


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.sampled_from([0.5, 1, 2, 4, 16]),
    st.floats(-8, 20),
)
def test_pixels_lie_where_plain_upsampling_puts_them(
    shape: tuple[int, int], size: tuple[int, int], stride: float, offset: float
) -> None:
    """At the input's own resolution the cells hold what visualize.methods.network.upsample gives; resizing is
    torch's.
    """
    maps = np.random.default_rng(0).normal(size=(1, 1, *size))
    field = ReceptiveField((3, 3), (stride, stride), (offset, offset))
    for alignment, wanted in (
        ("receptive-field", upsample(torch.from_numpy(maps), shape, field)),
        ("resize", F.interpolate(torch.from_numpy(maps), shape, mode="bilinear", align_corners=False)),
    ):
        lattice = resampling(shape, size, shape, alignment=alignment, field=field)  # type: ignore[arg-type]
        scaled = maps[0, 0]
        for axis, line in enumerate((lattice.rows, lattice.columns)):
            after = np.minimum(line.cell + 1, scaled.shape[axis] - 1)
            near, far = (weight[:, None] if axis == 0 else weight for weight in (line.near, line.far))
            scaled = near * np.take(scaled, line.cell, axis) + far * np.take(scaled, after, axis)
            assert line.lengths.sum() == len(line.cell)
            assert all(
                (line.cell[s : s + n] == c).all()
                for c, (s, n) in enumerate(zip(line.starts, line.lengths, strict=True))
            )
        np.testing.assert_allclose(scaled, wanted[0, 0].numpy(), rtol=1e-12, atol=1e-12)


def test_label_maps_of_half_the_size_are_shifted_by_half_a_pixel() -> None:
    """As NetDissect does: (centre - (reduction - 1) / 2) / reduction."""
    field = ReceptiveField((9, 9), (16.0, 16.0), (14.0, 14.0))
    lattice = resampling((112, 112), (13, 13), (224, 224), alignment="receptive-field", field=field)
    at = (np.arange(112) - (14 - 0.5) / 2) / 8
    np.testing.assert_allclose(lattice.rows.cell + lattice.rows.far, at.clip(0, 12), rtol=1e-12, atol=1e-12)
