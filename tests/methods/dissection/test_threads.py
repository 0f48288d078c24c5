"""Work that is done side by side."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from visualize.methods.dissection.threads import side_by_side


@pytest.mark.parametrize("count", [1, 2, 9])
def test_every_result_comes_under_its_name_in_the_order_given(count: int) -> None:
    works = {str(number): partial(pow, number, 2) for number in reversed(range(count))}
    assert list(side_by_side(works).items()) == [(str(number), number**2) for number in reversed(range(count))]


def test_the_fault_of_a_work_reaches_the_caller_and_no_thread_stays() -> None:
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError, match="by zero"):
        side_by_side({"good": lambda: 1, "bad": lambda: 1 // 0})
    assert threading.active_count() == before
