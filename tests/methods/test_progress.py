"""Progress of parts: it never goes back, and ends where the next part begins."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from visualize.methods.progress import share

_PIECES = st.integers(0, 1000)


@given(before=_PIECES, pieces=_PIECES, after=_PIECES, whole=st.integers(1, 60))
def test_a_part_goes_from_its_beginning_to_its_end_and_never_back(
    before: int, pieces: int, after: int, whole: int
) -> None:
    calls: list[tuple[int, int]] = []
    total = before + pieces + after
    part = share(lambda done, of: calls.append((done, of)), before, pieces, total)
    for done in range(whole + 1):
        part(done, whole)
    assert {of for _, of in calls} == {total}
    assert calls[0][0] == before
    assert calls[-1][0] == before + pieces
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)


def test_parts_of_parts_add_up() -> None:
    calls: list[tuple[int, int]] = []
    second_half = share(lambda done, of: calls.append((done, of)), 50, 50, 100)
    share(second_half, 1, 1, 2)(3, 4)  # three quarters of the second half of the second half
    assert calls == [(50 + 25, 100)]
