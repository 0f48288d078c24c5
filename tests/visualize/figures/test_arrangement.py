"""Arrangements: sections in their order, in rows that hold them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.visualize.figures.made import ascent, top
from visualize.figures import Section, style
from visualize.figures.arrangement import arrange

SECTIONS = st.sampled_from([
    ascent(), ascent(1, diagram=False), ascent(2, (48, 192)), top(), top(1),
    Section("words", "only"),
])  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(st.lists(SECTIONS, max_size=4), st.sampled_from([900, 1320]))
def test_sections_keep_their_order_and_rows_their_width(shown: list[Section], width: int) -> None:
    rows = arrange(shown, width)
    assert [plan.section for row in rows for plan in row] == shown
    for row in rows:
        assert sum(plan.width for plan in row) + style.GUTTER * (len(row) - 1) <= width
        for plan in row:
            assert plan.columns in plan.section.columns
            assert plan.columns * plan.cell + max(0, plan.columns - 1) * style.GAP <= plan.width


def test_small_sections_stand_beside_each_other_three_at_most() -> None:
    assert [len(row) for row in arrange([ascent(1, diagram=False), top(1)], 1320)] == [2]
    assert max(len(row) for row in arrange([top(1) for _ in range(6)], 1320)) == 3
