"""Agreement against statsmodels and Fleiss's own example, and numbers that can be told by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from statsmodels.stats.inter_rater import fleiss_kappa as published
from statsmodels.stats.proportion import proportion_confint

from visualize.annotation.agreement import Agreement, fleiss_kappa, kappa_of, mean_of, share_of
from visualize.annotation.records import Answer, Shown

FLEISS_1971 = np.array([
    [0, 0, 0, 6, 0], [0, 3, 0, 0, 3], [0, 1, 4, 0, 1], [0, 0, 0, 0, 6], [0, 3, 0, 3, 0], [2, 0, 4, 0, 0],
    [0, 0, 4, 0, 2], [2, 0, 3, 1, 0], [2, 0, 0, 4, 0], [0, 0, 0, 0, 6], [1, 0, 0, 5, 0], [1, 1, 0, 4, 0],
    [0, 3, 3, 0, 0], [1, 0, 0, 5, 0], [0, 2, 0, 3, 1], [0, 0, 5, 0, 1], [3, 0, 0, 1, 2], [5, 1, 0, 0, 0],
    [0, 2, 0, 4, 0], [1, 0, 2, 0, 3], [0, 0, 0, 0, 6], [0, 1, 0, 5, 0], [0, 2, 0, 1, 3], [2, 0, 0, 4, 0],
    [1, 0, 0, 4, 1], [0, 5, 0, 1, 0], [4, 0, 0, 0, 2], [0, 2, 0, 4, 0], [1, 0, 5, 0, 0], [0, 0, 0, 0, 6],
])  # fmt: skip
"""Thirty patients, each sorted by six psychiatrists into five kinds of disorder (Fleiss 1971, table 1)."""


def test_kappa_is_fleisss_own() -> None:
    assert fleiss_kappa(FLEISS_1971) == pytest.approx(0.430, abs=5e-4)


def test_kappa_is_that_of_statsmodels() -> None:
    generator = np.random.default_rng(0)
    for _ in range(20):
        people, kinds = int(generator.integers(2, 9)), int(generator.integers(2, 7))
        shares = generator.dirichlet(np.ones(kinds), size=15)
        counts = np.array([generator.multinomial(people, row) for row in shares])
        assert fleiss_kappa(counts) == pytest.approx(float(published(counts)), abs=1e-12)


def test_units_that_one_person_rated_say_nothing_and_full_agreement_is_one() -> None:
    ratings = np.array([[3, 0], [0, 2], [1, 0]])
    assert fleiss_kappa(ratings) == 1.0
    assert fleiss_kappa(ratings) == fleiss_kappa(ratings[:2])
    assert math.isnan(fleiss_kappa(np.array([[1, 0], [0, 1]])))
    assert math.isnan(fleiss_kappa(np.array([[3, 0], [2, 0]])))


def test_kappa_of_ratings_at_random_is_near_nothing() -> None:
    counts = np.random.default_rng(1).multinomial(4, [0.2, 0.3, 0.5], size=4000)
    estimate = kappa_of(counts)
    assert abs(estimate.value) < 0.02
    assert estimate.low < 0 < estimate.high


def test_a_share_has_wilsons_interval() -> None:
    for hits, many in ((0, 5), (3, 7), (40, 41), (200, 400)):
        low, high = proportion_confint(hits, many, alpha=0.05, method="wilson")
        estimate = share_of(hits, many)
        assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=1e-12)
    assert share_of(0, 0).told == "-"


def test_the_interval_of_a_mean_covers_the_truth_as_often_as_it_says() -> None:
    generator = np.random.default_rng(3)
    covered = 0
    for _ in range(100):
        estimate = mean_of(generator.normal(0.3, 1, 60).tolist())
        covered += estimate.low <= 0.3 <= estimate.high
    assert 88 <= covered <= 100
    assert math.isnan(mean_of([]).value)
    few = mean_of([0.5, 1.0])
    assert (few.told, few.document) == ("0.75", {"value": 0.75, "low": None, "high": None, "of": 2})


def _answer(by: str, unit: int, word: str, kind: str = "object", misfits: tuple[int, ...] = ()) -> Answer:
    shown = (*(Shown(f"{unit}-{place}", unit, place) for place in range(4)), Shown("9-0", 9, 40))
    return Answer(
        annotator=by, layer="net", unit=unit, shown=shown, word=word, kind=kind if word else "", misfits=misfits
    )


def test_numbers_of_a_few_answers_are_those_that_are_counted_by_hand() -> None:
    held = Agreement(
        (
            _answer("Ada", 0, "Lamps", misfits=(0, 4)),
            _answer("Bo", 0, "a lamp", misfits=(4,)),
            _answer("Cy", 0, "street lamp", "object part"),
            _answer("Ada", 1, "sky", "scene"),
            _answer("Bo", 1, ""),
        )
    )
    assert held.words["exact"].value == pytest.approx(1 / 3)
    assert held.words["Jaccard"].value == pytest.approx((1 + 0.5 + 0.5) / 3)
    assert held.words["exact"].many == 1
    assert held.precision.value == pytest.approx(((0.75 + 1 + 1) / 3 + 1) / 2)
    assert held.nothing.value == pytest.approx((0 + 0.5) / 2)
    name = held.names["net", 0]
    assert (name.word, name.kind, name.agreeing, name.people) == ("Lamps", "object", 2, 3)
    assert ("net", 1) not in held.names
    ada, bo, cy = held.attention
    assert (ada.annotator, ada.answers, ada.found.value, ada.found.many) == ("Ada", 2, 0.5, 2)
    assert (bo.answers, bo.found.value, bo.found.many) == (2, 1.0, 1)
    assert (cy.found.value, cy.marked.value) == (0.0, 0.0)
    assert ada.marked.value == 1 / 8
    assert held.kinds.many == 1
    assert held.kinds_or_nothing.many == 2
