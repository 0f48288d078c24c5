from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.model_selection import PredefinedSplit, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import LinearSVC

from tests.kit.plain_hooks import seen_by
from tests.visualize.transfers.kit import coloured, small_network, small_probe
from visualize.methods import Probe, Stack
from visualize.transfers.features import read_features
from visualize.transfers.part import Lesson
from visualize.transfers.protocols.catalogue import PROTOCOLS
from visualize.transfers.protocols.svm import COSTS, svm


@pytest.mark.parametrize("layer", ["0", "3", "5"])
@pytest.mark.parametrize("cost", [0.1, 1.0, 10.0])
def test_weights_are_scikit_learn_s_on_features_of_a_plain_hook(layer: str, cost: float) -> None:
    held, names = coloured(60)
    labels = np.eye(3, dtype=np.int8)[names]
    pools = PROTOCOLS["svm"].pools(9000)
    # in float64, for a large C makes of roundings of float32, which hang on the order of sums, differences of 1e-5
    network = small_network().double()
    probe = Probe(network, prepare=small_probe().prepare)
    features = read_features(probe, Stack(held), [layer], pools=pools, batch=8, progress=lambda *_: None)
    rows = features.layers[layer].values
    answer = svm(Lesson(rows[:40], labels[:40], rows[40:], several=False, costs=(cost,) * 3))

    pictures = torch.from_numpy(np.stack(held)).permute(0, 3, 1, 2).float() / 255
    plain = seen_by(network, (layer,), pictures.double())[layer].detach().flatten(1).float().double().numpy()
    plain /= np.linalg.norm(plain, axis=1, keepdims=True)
    assert answer.weights is not None
    assert answer.offsets is not None
    for place in range(3):
        machine = LinearSVC(C=cost, dual="auto", max_iter=2000, random_state=0)
        machine.fit(plain[:40], np.where(labels[:40, place], 1, -1))
        np.testing.assert_allclose(answer.weights[place], machine.coef_[0], atol=1e-6)
        np.testing.assert_allclose(answer.offsets[place], machine.intercept_[0], atol=1e-6)
        np.testing.assert_allclose(answer.scores[:, place], machine.decision_function(plain[40:]), atol=1e-6)


def test_a_large_c_comes_to_its_optimum_where_there_are_more_pictures_than_features() -> None:
    """At the smallest of the squared hinge loss and the penalty, as liblinear has it, the gradient is 0."""
    generator = np.random.default_rng(1)
    rows = np.abs(generator.standard_normal((120, 20))) @ np.diag(generator.random(20) ** 3)
    there = rows @ generator.standard_normal(20) + 0.1 * generator.standard_normal(120) > 0
    labels = np.stack([there, ~there], axis=1).astype(np.int8)
    answer = svm(Lesson(rows.astype(np.float32), labels, rows, several=True, costs=(100.0,) * 2))
    assert answer.notes == ()
    assert answer.weights is not None
    assert answer.offsets is not None
    unit = rows.astype(np.float32).astype(np.float64)
    unit = np.hstack([unit / np.linalg.norm(unit, axis=1, keepdims=True), np.ones((120, 1))])
    weights, sign = np.append(answer.weights[0], answer.offsets[0]), np.where(there, 1, -1)
    short = np.maximum(0, 1 - sign * (unit @ weights))
    gradient = weights - 2 * 100.0 * (sign * short) @ unit
    start = 2 * 100.0 * sign @ unit  # at weights of 0
    assert np.linalg.norm(gradient) < 1e-4 * np.linalg.norm(start)


def test_c_is_the_one_that_scikit_learn_s_cross_validation_chooses() -> None:
    generator = np.random.default_rng(0)
    labels = np.eye(3, dtype=np.int8)[np.arange(90) % 3]
    rows = (generator.normal(size=(90, 40)) + 0.5 * labels @ generator.normal(size=(3, 40))).astype(np.float32)
    lesson = Lesson(rows, labels, rows, several=False)
    unit = rows.astype(np.float64) / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    parts = np.argmax(lesson.folds(), axis=0)
    means = []
    for cost in COSTS:
        machine = OneVsRestClassifier(LinearSVC(C=cost, dual="auto", max_iter=2000, random_state=0))
        means.append(cross_val_score(machine, unit, np.arange(90) % 3, cv=PredefinedSplit(parts)).mean())
    assert svm(lesson).costs == (COSTS[int(np.argmax(means))],) * 3


def test_pictures_that_are_left_out_of_a_class_do_not_teach_it() -> None:
    held, names = coloured(30)
    rows = np.stack(held).reshape(30, -1).astype(np.float32)
    labels = np.eye(3, dtype=np.int8)[names]
    hidden = labels.copy()
    hidden[:6, 0] = -1
    taught = svm(Lesson(rows, hidden, rows, several=True, costs=(1.0,) * 3))
    without = svm(Lesson(rows[6:], labels[6:], rows, several=True, costs=(1.0,) * 3))
    assert taught.weights is not None
    assert without.weights is not None
    np.testing.assert_allclose(taught.weights[0], without.weights[0], atol=1e-6)
    assert np.abs(taught.weights[1] - without.weights[1]).max() > 1e-3


def test_one_group_leaves_nothing_to_choose_c_by_which_is_said() -> None:
    held, names = coloured(30)
    rows = np.stack(held).reshape(30, -1).astype(np.float32)
    answer = svm(Lesson(rows, np.eye(3, dtype=np.int8)[names], rows, several=False, groups=("film",) * 30))
    assert answer.costs == (1.0,) * 3
    assert any("one group" in note for note in answer.notes)
