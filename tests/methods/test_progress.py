"""Progress of parts: it never goes back, and ends where the next part begins."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from methods.progress import share

_PIECES = st.integers(0, 1000)


@given(before=st.integers(0, 1000), own=st.integers(0, 1000), after=st.integers(0, 1000), whole=st.integers(1, 60))
def test_a_part_goes_from_its_beginning_to_its_end_and_never_back(
    before: int, own: int, after: int, whole: int
) -> None:
    told: list[tuple[int, int]] = []
    total = before + own + after
    part = share(lambda done, of: told.append((done, of)), before, own, total)
    for done in range(whole + 1):
        part(done, whole)
    assert {of for _, of in told} == {total}
    assert told[0][0] == before
    assert told[-1][0] == before + own
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_parts_of_parts_add_up() -> None:
    told: list[tuple[int, int]] = []
    second_half = share(lambda done, of: told.append((done, of)), 50, 50, 100)
    share(second_half, 1, 1, 2)(3, 4)  # three quarters of the second half of the second half
    assert told == [(50 + 25, 100)]
