"""Names as predictions: tests against scipy, and halves against counts over raw halves."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, mannwhitneyu

from tests.kit.labelled import noise
from tests.kit.networks import SIZE, Classifier, seeded
from tests.methods.dissection.brute import maps_of, resized, threshold
from visualize.methods.dissection.bootstrap import halves
from visualize.methods.dissection.held_out import holm, predictions, rank_test, shift, sign_test
from visualize.methods.dissection.pipeline import dissect
from visualize.methods.dissection.settings import Settings
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe


@pytest.mark.parametrize("seed", range(6))
def test_the_rank_test_is_scipys(seed: int) -> None:
    generator = np.random.default_rng(seed)
    present, absent = generator.poisson(2 + seed, 30), generator.poisson(2, 50)  # with many ties
    wanted = mannwhitneyu(present, absent, alternative="greater", method="asymptotic")
    auc, p = rank_test(present, absent)
    assert auc == pytest.approx(wanted.statistic / 1500)
    assert p == pytest.approx(wanted.pvalue, rel=1e-9)
    assert shift(present, absent) == pytest.approx((present.mean() - absent.mean()) / absent.std())


def test_the_sign_test_is_scipys() -> None:
    for gains, losses in ((0, 0), (5, 0), (3, 4), (40, 2)):
        pairs = [1.0] * gains + [-2.0] * losses + [0.0] * 3
        wanted = binomtest(gains, gains + losses, alternative="greater").pvalue if gains + losses else 1
        assert sign_test(pairs) == pytest.approx(wanted, rel=1e-12)


def test_nothing_to_compare_with_is_no_evidence() -> None:
    for present, absent in (([], [1, 2]), ([1], []), ([3, 3], [3])):
        assert rank_test(present, absent) == (0.5, 1)
        assert shift(present, absent) == 0
    assert holm([]).size == 0


def test_holms_adjustment_is_the_papers_step_down() -> None:
    p = np.array([0.04, 0.001, 0.03, 0.2])
    np.testing.assert_allclose(holm(p), [0.09, 0.004, 0.09, 0.2])


def test_halves_share_no_picture_and_split_every_stratum() -> None:
    annotated = np.array([[1, 0]] * 7 + [[1, 1]] * 10, np.uint8)
    split = halves(annotated)
    np.testing.assert_array_equal(split.sum(1), 1)
    assert split[:7, 0].sum() == 4
    assert split[7:, 0].sum() == 5


def test_names_of_one_half_are_held_against_the_other_on_raw_masks() -> None:
    probe, held, count = Probe(seeded(Classifier()), prepare=Preparation(SIZE)), noise(40, SIZE, (10, 14)), 40
    asked = Settings(quantile=0.05, alignment="resize", resamples=5)
    scores = dissect(probe, ["deep"], held, asked).layers["deep"]
    maps = maps_of(probe, "deep", held, range(count))
    masks = resized(maps - threshold(maps, "0.05")[:, None, None].astype(np.float64), held.shape) > 0
    truth = np.zeros((count, len(held.concepts), *held.shape), np.bool_)
    for index in range(count):
        for column, concept in enumerate(held.concepts):
            for planes in held.annotations[index].values():
                for plane in planes:
                    truth[index, column] |= np.asarray(plane) == concept.number
    category = np.array([held.categories.index(concept.category) for concept in held.concepts])
    annotated = np.stack([[truth[n, category == number].any() for number in range(3)] for n in range(count)])
    split = halves(annotated.astype(np.uint8)) > 0

    def ious(unit: int, half: np.ndarray) -> np.ndarray:
        values = []
        for column in range(len(held.concepts)):
            here = half & annotated[:, category[column]]
            mask, concept = masks[here, unit], truth[here, column]
            values.append((mask & concept).sum() / max(1, (mask | concept).sum()))
        return np.array(values)

    tested = predictions(scores, 0.0)
    assert len(tested) == scores.units
    for item in tested:
        chosen = ious(item.unit, split[:, 0])
        name = int(chosen.argmax())
        assert (item.category, item.label) == (held.concepts[name].category, held.concepts[name].name)
        assert item.chosen == pytest.approx(chosen[name])
        assert item.held == pytest.approx(ious(item.unit, split[:, 1])[name])
        here = split[:, 1] & annotated[:, category[name]]
        answers, there = masks[:, item.unit].sum((1, 2)), truth[:, name].any((1, 2))
        auc, p = rank_test(answers[here & there], answers[here & ~there])
        assert (item.auc, item.p) == pytest.approx((auc, p))
        assert item.shift == pytest.approx(shift(answers[here & there], answers[here & ~there]))
    np.testing.assert_allclose([item.adjusted for item in tested], holm([item.p for item in tested]))


@pytest.mark.parametrize("score", ["f1", "correlation", "cosine", "auprc"])
def test_units_are_named_by_the_score_that_is_asked_for(score: str) -> None:
    probe, held = Probe(seeded(Classifier()), prepare=Preparation(SIZE)), noise(24, SIZE, (10, 14))
    scores = dissect(probe, ["deep"], held, Settings(quantile=0.05, score=score)).layers["deep"]  # type: ignore[arg-type]
    table = np.where(scores.intersection > 0, scores.scored(score), 0)
    for verdict in scores.verdicts():
        best = int(table[verdict.unit].argmax())
        if table[verdict.unit, best] > 0:
            assert verdict.label == scores.concepts[best].name
            assert verdict.iou == scores.iou[verdict.unit, best]
            assert verdict.certainty is not None
            assert verdict.certainty.low <= verdict.certainty.high
