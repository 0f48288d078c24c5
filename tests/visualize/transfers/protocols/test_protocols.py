"""The classifiers against scikit-learn as one would write them down, on features that are neither easy nor hopeless."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.svm import LinearSVC

from visualize.transfers.part import Lesson
from visualize.transfers.protocols.catalogue import PROTOCOLS
from visualize.transfers.protocols.lowshot import DRAWS
from visualize.transfers.protocols.voc07 import COSTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RNG = np.random.default_rng(0)
_LABELS = np.eye(3, dtype=np.int8)[np.arange(90) % 3]
_ROWS = (_RNG.normal(size=(90, 120)) + 0.6 * _LABELS @ _RNG.normal(size=(3, 120))).astype(np.float32)
_TESTED = (_RNG.normal(size=(30, 120)) + 0.6).astype(np.float32)


def _unit(rows: NDArray[np.float32], more: float = 0.0) -> NDArray[np.float64]:
    exact = rows.astype(np.float64)
    return np.asarray(exact / (np.linalg.norm(exact, axis=1, keepdims=True) + more))


def test_voc07_is_vissl_s_also_in_that_difficult_pictures_teach_that_the_class_is_not_there() -> None:
    labels = _LABELS.copy()
    labels[[4, 7, 20], 0] = -1
    answer = PROTOCOLS["voc07"].learn(Lesson(_ROWS, labels, _TESTED, several=True))
    rows = _unit(_ROWS, 1e-5)
    for place in range(3):
        truth = np.where(labels[:, place] == 1, 1, -1)
        means = []
        for cost in COSTS:
            machine = LinearSVC(C=cost, class_weight={1: 2, -1: 1}, dual=True, max_iter=2000, random_state=0)
            means.append(cross_val_score(machine, rows, truth, cv=3, scoring="average_precision").mean())
        best = COSTS[int(np.argmax(means))]
        assert answer.costs[place] == best
        machine = LinearSVC(C=best, class_weight={1: 2, -1: 1}, dual=True, max_iter=2000, random_state=0)
        scores = machine.fit(rows, truth).decision_function(_unit(_TESTED, 1e-5))
        np.testing.assert_allclose(answer.scores[:, place], scores, atol=1e-6)


@pytest.mark.parametrize("classes", [2, 3])
def test_logistic_is_one_model_for_all_classes(classes: int) -> None:
    labels = np.eye(classes, dtype=np.int8)[np.arange(90) % classes]
    lesson = Lesson(_ROWS, labels, _TESTED, several=False, costs=(10.0,) * classes)
    answer = PROTOCOLS["logistic"].learn(lesson)
    peer = LogisticRegression(C=10.0, max_iter=2000, tol=1e-10).fit(_unit(_ROWS), np.arange(90) % classes)
    shares = np.exp(answer.scores) / np.exp(answer.scores).sum(1, keepdims=True)
    expected = peer.predict_proba(_unit(_TESTED))
    if classes == 2:
        assert np.array_equal(answer.scores.argmax(1), expected.argmax(1))
    else:
        np.testing.assert_allclose(shares, expected, atol=1e-3)


def test_logistic_learns_each_class_by_itself_where_a_picture_has_several() -> None:
    answer = PROTOCOLS["logistic"].learn(Lesson(_ROWS, _LABELS, _TESTED, several=True, costs=(10.0,) * 3))
    for place in range(3):
        peer = LogisticRegression(C=10.0, max_iter=2000, tol=1e-10).fit(_unit(_ROWS), _LABELS[:, place])
        np.testing.assert_allclose(answer.scores[:, place], peer.decision_function(_unit(_TESTED)), atol=2e-3)


def test_lowshot_learns_from_so_many_pictures_of_each_class_and_does_better_with_more() -> None:
    answer = PROTOCOLS["lowshot"].learn(Lesson(_ROWS, _LABELS, _ROWS, several=False))
    assert [count for count, _ in answer.shots] == [1, 2, 4, 8, 16]
    assert all(len(draws) == DRAWS for _, draws in answer.shots)
    truth = _LABELS.argmax(1)
    means = [np.mean([np.mean(draw.argmax(1) == truth) for draw in draws]) for _, draws in answer.shots]
    assert means == sorted(means)
    for draw in range(DRAWS):
        order = np.random.default_rng((0, draw)).permutation(90)
        taken = np.concatenate([order[truth[order] == place][:4] for place in range(3)])
        taken = order[np.isin(order, taken)]
        machine = LinearSVC(C=1.0, dual=True, max_iter=2000, random_state=0)
        taken = np.sort(taken)
        machine.fit(_unit(_ROWS)[taken], np.where(truth[taken] == 1, 1, -1))
        expected = machine.decision_function(_unit(_ROWS))
        np.testing.assert_allclose(answer.shots[2][1][draw][:, 1], expected, atol=1e-5)


def test_knn_says_where_there_are_fewer_pictures_than_neighbours() -> None:
    lesson = Lesson(_ROWS, _LABELS, _TESTED, several=False)
    assert PROTOCOLS["knn"].learn(lesson).notes == ()
    assert any("only 90 pictures" in note for note in PROTOCOLS["knn-200"].learn(lesson).notes)
