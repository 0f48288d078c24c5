from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, confusion_matrix

from visualize.methods.transfer.precision import KINDS
from visualize.transfers.scoring import RESAMPLES, Judge, interval, middle

_LABELS = np.eye(3, dtype=np.int8)[np.random.default_rng(0).integers(0, 3, 50)]
_SCORES = np.random.default_rng(1).normal(size=(50, 3)) + 0.8 * _LABELS


def test_accuracy_and_confusion_are_scikit_learn_s() -> None:
    judge = Judge(_LABELS, several=False)
    truth, named = _LABELS.argmax(1), _SCORES.argmax(1)
    assert judge.score(_SCORES) == pytest.approx(np.mean(truth == named))
    assert judge.confusion(_SCORES).tolist() == confusion_matrix(truth, named).tolist()
    assert judge.by_class(_SCORES)[1] == pytest.approx(np.mean(named[truth == 1] == 1))
    assert judge.chance(np.eye(3, dtype=np.int8)[[2, 2, 0]]) == pytest.approx(np.mean(truth == 2))


def test_pictures_that_are_left_out_of_a_class_do_not_count_in_it() -> None:
    labels = _LABELS.copy()
    labels[:10, 0] = -1
    judge = Judge(labels, several=True)
    each = [average_precision_score(labels[10:, 0], _SCORES[10:, 0])]
    each += [average_precision_score(labels[:, place], _SCORES[:, place]) for place in (1, 2)]
    assert judge.by_class(_SCORES).tolist() == pytest.approx(each)
    assert judge.score(_SCORES) == pytest.approx(np.mean(each))


def test_chance_is_what_rankings_at_random_have() -> None:
    generator = np.random.default_rng(0)
    rankings = [generator.random((50, 3)) for _ in range(1500)]
    for kind in KINDS:
        judge = Judge(_LABELS, several=True, kind=kind)
        mean = np.mean([judge.score(ranking) for ranking in rankings[: 1500 if kind == "area" else 400]])
        assert judge.chance(_LABELS) == pytest.approx(mean, abs=0.003 if kind == "area" else 0.02)


def test_the_interval_of_accuracy_is_as_wide_as_the_binomial_s() -> None:
    judge = Judge(_LABELS, several=False)
    score = judge.score(_SCORES)
    low, high = interval(score, judge.resampled(_SCORES))
    wide = 2 * 1.96 * np.sqrt(score * (1 - score) / len(_LABELS))
    assert high - low == pytest.approx(wide, rel=0.15)
    assert (low + high) / 2 == pytest.approx(score, abs=0.03)


def test_resamples_are_the_same_for_every_classifier() -> None:
    judge = Judge(_LABELS, several=True)
    assert judge.resampled(_SCORES).shape == (RESAMPLES,)
    assert np.array_equal(judge.resampled(_SCORES), judge.resampled(2 * _SCORES))


def test_the_interval_of_a_difference_is_as_wide_as_that_of_paired_shares() -> None:
    judge, other = Judge(_LABELS, several=False), _SCORES + np.random.default_rng(2).normal(size=_SCORES.shape)
    truth = _LABELS.argmax(1)
    first, second = _SCORES.argmax(1) == truth, other.argmax(1) == truth
    one, two = int((first & ~second).sum()), int((~first & second).sum())
    value, size = judge.score(_SCORES) - judge.score(other), len(truth)
    assert value == pytest.approx((one - two) / size)
    low, high = middle(value, judge.resampled(_SCORES) - judge.resampled(other))
    deviation = np.sqrt(one + two - (one - two) ** 2 / size) / size  # of the difference of paired shares (McNemar)
    assert high - low == pytest.approx(2 * 1.96 * deviation, rel=0.15)
    assert (low + high) / 2 == pytest.approx(value, abs=0.03)
