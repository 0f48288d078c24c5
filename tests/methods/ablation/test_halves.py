from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from visualize.methods.ablation.halves import halves, in_both


@given(some.lists(some.integers(0, 4), min_size=1, max_size=60), some.integers(0, 5))
def test_each_class_is_dealt_evenly_and_a_seed_repeats_itself(classes: list[int], seed: int) -> None:
    truth = np.array(classes)
    half = halves(truth, seed)
    for number in set(classes):
        reported = int(half[truth == number].sum())
        assert abs(2 * reported - (truth == number).sum()) <= 1
    assert abs(2 * int(half.sum()) - len(truth)) <= 1
    assert halves(truth, seed).tolist() == half.tolist()


def test_classes_are_measured_that_both_halves_show_and_lack() -> None:
    truth, half = np.array([0, 0, 0, 0, 1, 1, 2]), np.array([True, True, False, False, True, False, False])
    assert in_both(truth, half, [0, 1, 2], 1) == [0, 1]
    assert in_both(truth, half, [0, 1, 2], 2) == [0]
    assert in_both(np.zeros(4, int), half[:4], [0], 1) == []
