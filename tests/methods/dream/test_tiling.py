"""Octaves and tiles: their sizes, and that they cover an axis."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from visualize.methods.dream.tiling import octaves, spans


def test_octaves_grow_to_the_size_itself() -> None:
    assert octaves((224, 336), 4, 1.4) == [(82, 122), (114, 171), (160, 240), (224, 336)]
    assert octaves((100, 400), 9, 2.0) == [(100, 400)]  # half of it would be below 64
    assert octaves((20, 20), 3, 1.4) == [(20, 20)]


@given(length=st.integers(1, 3000), tile=st.integers(128, 900), share=st.integers(4, 64))
def test_tiles_cover_an_axis_once_and_show_no_more_than_a_tile(length: int, tile: int, share: int) -> None:
    margin = tile // share
    pieces = spans(length, tile, margin)
    assert [place for piece in pieces for place in range(piece.inner, piece.outer)] == list(range(length))
    for piece in pieces:
        assert 0 <= piece.first <= piece.inner < piece.outer <= piece.last <= length
        assert piece.last - piece.first <= tile
        assert piece.inner - piece.first in {margin, piece.inner}
        assert piece.last - piece.outer in {margin, length - piece.outer} or piece.last == length
