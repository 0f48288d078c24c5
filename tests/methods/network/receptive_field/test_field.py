"""What a position sees, before and after it is cut at the borders of the picture."""

from __future__ import annotations

import doctest

from hypothesis import given
from hypothesis import strategies as st

from visualize.methods.network.receptive_field import field as module
from visualize.methods.network.receptive_field.field import ReceptiveField

_pairs = st.tuples(st.integers(0, 12), st.integers(0, 12))


@st.composite
def _fields(draw: st.DrawFn) -> ReceptiveField:
    sizes = draw(st.tuples(st.integers(1, 40), st.integers(1, 40)))
    firsts = draw(st.tuples(st.integers(-30, 30), st.integers(-30, 30)))
    steps = draw(st.tuples(st.integers(1, 16), st.integers(1, 16)))
    offsets = [first + (size - 1) / 2 for first, size in zip(firsts, sizes, strict=True)]
    return ReceptiveField(sizes, (float(steps[0]), float(steps[1])), (offsets[0], offsets[1]))


@given(_fields(), _pairs)
def test_the_span_lies_around_the_centre(field: ReceptiveField, place: tuple[int, int]) -> None:
    top, left, bottom, right = field.span(*place)
    assert (bottom - top, right - left) == field.size
    assert ((top + bottom - 1) / 2, (left + right - 1) / 2) == field.centre(*place)


@given(_fields(), _pairs, st.tuples(st.integers(1, 60), st.integers(1, 60)))
def test_the_window_is_what_of_the_span_lies_in_the_picture(
    field: ReceptiveField, place: tuple[int, int], shape: tuple[int, int]
) -> None:
    span, window = field.span(*place), field.window(*place, shape)
    for axis in (0, 1):
        seen = [pixel for pixel in range(span[axis], span[axis + 2]) if 0 <= pixel < shape[axis]]
        if seen:
            assert (window[axis], window[axis + 2]) == (seen[0], seen[-1] + 1)
        assert 0 <= window[axis] < shape[axis]
        assert 1 <= window[axis + 2] <= shape[axis]


def test_a_field_without_steps_is_the_whole_input() -> None:
    assert ReceptiveField((9, 11), (0.0, 0.0), (4.0, 5.0)).whole
    assert ReceptiveField((9, 11), (2.0, 0.0), (4.0, 5.0)).whole
    assert not ReceptiveField((9, 11), (2.0, 1.0), (4.0, 5.0)).whole


def test_the_example_holds() -> None:
    tried = doctest.testmod(module)
    assert tried.attempted > 0
    assert tried.failed == 0
