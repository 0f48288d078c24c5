from __future__ import annotations

import numpy as np

from visualize.methods.ablation.importance import ranked, sizes_for


def test_units_are_ordered_by_the_fall_of_balanced_accuracy_and_then_by_evidence() -> None:
    truth = np.array([0, 0, 0, 0, 1, 1])
    called = truth.copy()
    without = np.repeat(truth[:, None], 4, 1)
    without[:2, 1] = 1  # without unit 1 two of class 0 are taken for class 1
    without[0, 2] = 1
    evidence, weaker = np.full(6, -0.1), np.full((6, 4), -0.1)
    weaker[:4, 3] = -0.5  # unit 3 changes no answer, but what speaks for class 0
    order = ranked((called, without), (evidence, weaker), truth, [0, 1])
    assert order[0].tolist() == [1, 2, 3, 0]
    assert order[1][:2].tolist() == [1, 2]  # for class 1 the same removals are false alarms


def test_as_many_units_as_bau_et_al_remove_and_no_more_than_the_layer_can_lose() -> None:
    assert sizes_for(512) == (1, 2, 3, 4, 5, 20, 64, 128, 256)
    assert sizes_for(1) == ()
    assert sizes_for(64, [64, 3, 63]) == (3, 63)
