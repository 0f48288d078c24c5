"""Tables of words: every word in its column, and none on another."""

from __future__ import annotations

import itertools

import numpy as np

from visualize.methods.drawing import palette
from visualize.methods.drawing.table import cells, draw_table
from visualize.methods.drawing.text import letters

_ROWS = [["", "head one", "head two"], ["a name", "1", "a text that is far too long for its column"], ["b", "", "2"]]


def test_words_stay_in_their_columns_and_rows() -> None:
    widths, font = [90, 90, 120], letters(16)
    placed = cells(_ROWS, widths, size=16)
    assert len(placed) == 9
    for cell, (row, column) in zip(placed, itertools.product(range(3), range(3)), strict=True):
        assert cell.left == sum(widths[:column])
        assert font.length(cell.text) < widths[column]
        assert row * font.height <= cell.top == placed[3 * row].top
    whole = [cell.text == text for cell, text in zip(placed, itertools.chain(*_ROWS), strict=True)]
    assert whole.count(False) == 1
    assert "…" in placed[whole.index(False)].text


def test_heads_are_quieter() -> None:
    for heads in (1, 2):
        colours = [cell.colour for cell in cells(_ROWS, [90, 90, 90], size=13, heads=heads)]
        assert colours == [palette.QUIET] * 3 * heads + [palette.TEXT] * 3 * (3 - heads)


def test_a_drawn_table_has_a_line_for_each_row() -> None:
    rows = {name: {"x": "1", "y": "2"} for name in "abc"}
    picture = draw_table(rows, title="title")
    assert picture.shape[1] == 920
    inked = (picture < 200).any(axis=(1, 2)).astype(int)
    assert np.count_nonzero(np.diff(np.pad(inked, 1)) == 1) == 5
