"""Boxes: where they lie, and what is drawn there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.visualize.figures.made import noise, words
from visualize.figures.boxes import TINY, Block, Box, Fill, Print, beside, line, paragraph, rule, stack
from visualize.methods.drawing import palette
from visualize.methods.drawing.text import letters

BOXES = st.builds(Box, st.integers(0, 6), st.integers(0, 6), st.integers(1, 5), st.integers(1, 5))
BLOCKS = st.lists(st.builds(Block, st.integers(0, 30), st.integers(0, 30)), max_size=5)


def _pixels(box: Box) -> set[tuple[int, int]]:
    return {(row, column) for row in range(box.top, box.bottom) for column in range(box.left, box.right)}


@given(BOXES, BOXES)
def test_boxes_overlap_where_they_share_a_pixel(first: Box, second: Box) -> None:
    assert first.overlaps(second) == second.overlaps(first) == bool(_pixels(first) & _pixels(second))


@given(BLOCKS, st.integers(0, 9))
def test_blocks_without_extent_cost_no_gap(blocks: list[Block], gap: int) -> None:
    tall = [block for block in blocks if block.height]
    wide = [block for block in blocks if block.width]
    column, row = stack(blocks, gap), beside(blocks, gap)
    assert column.height == sum(block.height for block in tall) + gap * max(0, len(tall) - 1)
    assert column.width == max((block.width for block in tall), default=0)
    assert row.width == sum(block.width for block in wide) + gap * max(0, len(wide) - 1)
    assert row.height == max((block.height for block in wide), default=0)


def test_a_block_is_drawn_at_its_place_on_its_ground() -> None:
    picture = noise(5, 7)
    block = Block(7, 5, (Print(Box(0, 0, 7, 5), picture),)).padded(3, 2).on("#102030").at_least(20, 12)
    drawn = np.asarray(block.draw())
    assert drawn.shape == (12, 20, 3)
    np.testing.assert_array_equal(drawn[2:7, 3:10], picture)
    assert (drawn[:2, :13] == (0x10, 0x20, 0x30)).all()
    assert (drawn[9:] == 255).all()
    assert (drawn[:, 13:] == 255).all()


@pytest.mark.parametrize(("side", "squares"), [(TINY, True), (TINY + 1, False)])
def test_only_tiny_pictures_are_enlarged_as_squares(side: int, squares: bool) -> None:  # noqa: FBT001
    picture = noise(side, side)
    drawn = np.asarray(Block(2 * side, 2 * side, (Print(Box(0, 0, 2 * side, 2 * side), picture),)).draw())
    assert (drawn == picture.repeat(2, axis=0).repeat(2, axis=1)).all() == squares


def test_a_rule_takes_the_room_that_it_is_given() -> None:
    assert (rule(9).width, rule(9).height, rule(9).items) == (9, 1, (Fill(Box(0, 0, 9, 1), palette.RULE),))


@given(st.text("ab -\n", max_size=120), st.integers(40, 300), st.none() | st.integers(1, 4))
def test_a_paragraph_keeps_its_width_and_its_number_of_lines(text: str, width: int, most: int | None) -> None:
    lines = words(paragraph(text, width, size=15, colours=["#111111", "#222222"], most=most))
    assert all(item.box.right <= width for item in lines)
    assert most is None or len(lines) <= most
    if most is None:
        drawn = " ".join(item.text for item in lines).split()
        for word, whole in zip(drawn, text.split(), strict=True):
            begin, _, end = word.partition("…")  # of a word that is wider than the paragraph its middle is left out
            wide = letters(15).length(whole) > width
            assert (whole.startswith(begin) and whole.endswith(end)) if wide else word == whole


def test_paragraphs_take_their_colours_in_turn() -> None:
    lines = words(paragraph("a\nb\nc", 200, size=15, colours=["#111111", "#222222"]))
    assert [(item.text, item.colour) for item in lines] == [("a", "#111111"), ("b", "#222222"), ("c", "#222222")]


def test_a_line_is_shortened_in_its_middle() -> None:
    (item,) = words(line("begin " + "and so on " * 30 + "end", size=15, colour="#000000", width=150))
    assert item.box.width <= 150
    assert item.text.startswith("begin")
    assert item.text.endswith("end")
