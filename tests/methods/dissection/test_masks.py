"""Masks, cell by cell, against maps that are scaled up whole."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import torch
from hypothesis import given, settings

from tests.methods.dissection.brute import resized
from visualize.methods.dissection.alignment import resampling
from visualize.methods.dissection.masks import Evaluator
from visualize.methods.dissection.sparse import Numbering, kept


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.integers(1, 20), st.integers(1, 20)),
    st.tuples(st.integers(2, 7), st.integers(2, 7)),
    st.integers(0, 99),
)
def test_masks_are_where_the_scaled_map_lies_above_the_threshold(
    shape: tuple[int, int], size: tuple[int, int], seed: int
) -> None:
    generator = np.random.default_rng(seed)
    maps, thresholds = generator.normal(size=(2, 3, *size)), generator.normal(size=3)
    sparse, _, _ = kept(torch.from_numpy(maps), thresholds - 0.1)
    evaluator = Evaluator(
        Numbering(3, *size), resampling(shape, size, shape, alignment="resize", field=None), thresholds
    )
    masks = np.zeros((6, shape[0] * shape[1]), np.bool_)
    counts = np.zeros(6, np.int64)
    for covered in evaluator.masks(sparse, 2):
        counts += np.bincount(covered.maps, covered.counts, minlength=6).astype(np.int64)
        number = covered.maps[covered.cells]
        masks[number, covered.pixels - number // 3 * masks.shape[1]] = True
    wanted = resized(maps - thresholds[:, None, None], shape) > 0
    np.testing.assert_array_equal(masks.reshape(2, 3, *shape), wanted)
    np.testing.assert_array_equal(counts, masks.sum(1))
