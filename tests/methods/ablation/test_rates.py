from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import balanced_accuracy_score, recall_score

from visualize.methods.ablation.rates import by_chance, interval, rates_of

_RNG = np.random.default_rng(3)
_TRUTH = _RNG.integers(0, 5, 90)
_CALLED = np.where(_RNG.random((90, 7)) < 0.6, _TRUTH[:, None], _RNG.integers(0, 6, (90, 7)))


@pytest.mark.parametrize("unit", range(7))
def test_rates_are_those_of_scikit_learn(unit: int) -> None:
    rates = rates_of(_CALLED, _TRUTH, [0, 2, 4])
    for place, number in enumerate([0, 2, 4]):
        truth, called = np.equal(_TRUTH, number), np.equal(_CALLED[:, unit], number)
        assert rates.recall[unit, place] == pytest.approx(recall_score(truth, called), abs=1e-12)
        assert rates.specificity[unit, place] == pytest.approx(recall_score(~truth, ~called), abs=1e-12)
        assert rates.balanced[unit, place] == pytest.approx(balanced_accuracy_score(truth, called), abs=1e-12)
        assert (rates.positives[place], rates.negatives[place]) == (truth.sum(), (~truth).sum())


def test_rates_of_one_column_are_those_of_many() -> None:
    many, one = rates_of(_CALLED, _TRUTH, [1, 3]), rates_of(_CALLED[:, 4], _TRUTH, [1, 3])
    assert one.recall.tolist() == many.recall[4].tolist()
    assert one.balanced.tolist() == many.balanced[4].tolist()


@pytest.mark.parametrize(("lost", "gained"), [(0, 0), (1, 0), (6, 0), (3, 9), (9, 3), (5, 5), (40, 21)])
def test_chance_is_the_exact_two_sided_sign_test(lost: int, gained: int) -> None:
    wanted = binomtest(lost, lost + gained).pvalue if lost + gained else 1.0
    assert by_chance(lost, gained) == pytest.approx(wanted, rel=1e-9)


def test_the_interval_is_that_of_pictures_drawn_anew() -> None:
    rates = rates_of(_CALLED[:, 0], _TRUTH, [0, 1])
    low, high = interval(rates, seed=1)
    hits = [(_CALLED[number == _TRUTH, 0] == number) for number in (0, 1)]
    alarms = [(_CALLED[number != _TRUTH, 0] == number) for number in (0, 1)]
    draws = np.array(
        [
            [
                (_RNG.choice(hit, len(hit)).mean() + 1 - _RNG.choice(alarm, len(alarm)).mean()) / 2
                for hit, alarm in zip(hits, alarms, strict=True)
            ]
            for _ in range(4000)
        ]
    )
    wanted = np.percentile(draws, (2.5, 97.5), axis=0)
    np.testing.assert_allclose([low, high], wanted, atol=0.03)
    assert (low <= rates.balanced).all()
    assert (high >= rates.balanced).all()
