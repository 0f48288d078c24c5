"""Samples of probe sets, and categories taken from them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualize.data.sets.sampling import chosen, drawn
from visualize.methods.errors import InputError


@given(st.integers(1, 60), st.integers(1, 70), st.integers(0, 9))
def test_a_draw_is_reproducible_ordered_and_without_replacement(total: int, count: int, seed: int) -> None:
    places = list(drawn(total, count, seed))
    assert places == list(drawn(total, count, seed)) == sorted(set(places))
    assert len(places) == min(total, count)
    assert set(places) <= set(range(total))


def test_a_draw_follows_its_seed_and_no_count_takes_all() -> None:
    assert list(drawn(30, 10, 0)) != list(drawn(30, 10, 1))
    assert list(drawn(30, None, 0)) == list(range(30))


@pytest.mark.parametrize("count", [0, -3])
def test_a_draw_of_no_pictures_is_refused(count: int) -> None:
    with pytest.raises(InputError, match=f"{count} pictures cannot be scanned; ask for 1 or more"):
        drawn(30, count, 0)


def test_categories_are_taken_in_the_set_s_own_order() -> None:
    assert chosen(["part", "object"], ("object", "part", "scene"), "set") == ("object", "part")
    with pytest.raises(InputError, match=r"no category 'objekt'; it has object, part.*did you mean object"):
        chosen(["objekt"], ("object", "part"), "set")
    with pytest.raises(InputError, match="no category is asked for; set has object"):
        chosen([], ("object",), "set")
