"""Chunks that are cut, joined and thinned hold the same activations."""

from __future__ import annotations

import itertools

import hypothesis.strategies as st
import numpy as np
import torch
from hypothesis import given

from visualize.methods.dissection.sparse import Numbering, kept
from visualize.methods.dissection.store import Chunk, Memory, together

_NUMBERING = Numbering(3, 4, 5)


@given(st.integers(0, 99), st.lists(st.integers(0, 6), max_size=3))
def test_parts_of_a_chunk_put_together_are_the_chunk(seed: int, cuts: list[int]) -> None:
    maps = np.random.default_rng(seed).normal(size=(6, 3, 4, 5))
    sparse, _, _ = kept(torch.from_numpy(maps), np.full(3, 1.5))
    edges = [0, *sorted(cuts), 6]
    parts = [sparse.between(first, last, _NUMBERING) for first, last in itertools.pairwise(edges)]
    joined = together(parts, np.diff(edges).tolist(), _NUMBERING)
    np.testing.assert_array_equal(joined.keys, sparse.keys)
    np.testing.assert_array_equal(joined.values, sparse.values)


def test_a_thinned_store_holds_what_lies_above_the_new_bounds_and_less_than_before() -> None:
    maps = np.random.default_rng(0).normal(size=(8, 3, 4, 5))
    bounds, risen = np.full(3, 0.5), np.full(3, 2.0)
    store = Memory()
    for first in (0, 5):
        part = maps[first : first + 5]
        sparse, _, _ = kept(torch.from_numpy(part), bounds)
        store.add(Chunk(tuple(range(first, first + len(part))), {"layer": sparse}))
    before = [chunk.layers["layer"] for chunk in store]
    store.thin({"layer": _NUMBERING}, {"layer": risen})
    assert [chunk.indices for chunk in store] == [(0, 1, 2, 3, 4), (5, 6, 7)]
    for chunk, earlier in zip(store, before, strict=True):
        sparse, flat = chunk.layers["layer"], maps[list(chunk.indices)].transpose(0, 2, 3, 1).reshape(-1)
        assert set(np.flatnonzero(flat > 2.0)) <= set(sparse.keys.tolist()) < set(earlier.keys.tolist())
        np.testing.assert_array_equal(flat[sparse.keys], sparse.values)
