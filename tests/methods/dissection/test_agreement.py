"""Scores against scikit-learn and scipy on pixels one by one, and the paper's test of scores."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cosine as distance
from scipy.stats import mannwhitneyu, pearsonr
from sklearn.metrics import average_precision_score, f1_score, jaccard_score, roc_auc_score

from visualize.methods.dissection.agreement import SCORES, rank_p

_PUBLISHED = {  # Oikarinen et al. 2025: gamma 0.01, missing and doubled labels
    "iou": (-0.5000, -0.4999),
    "f1": (-0.3332, -0.3334),
    "auprc": (-0.4953, -0.5000),
    "cosine": (-0.1464, -0.1465),
    "correlation": (-0.1474, -0.1482),
    "auroc": (-0.0025, -0.2500),  # their inverse AUC
}


@pytest.mark.parametrize("name", SCORES)
def test_an_ideal_unit_loses_as_much_as_published(name: str) -> None:
    """The paper draws its labels, so that its figures lie within half a thousandth of the expected ones."""
    assert SCORES[name].changes() == pytest.approx(_PUBLISHED[name], abs=5e-4)


@pytest.mark.parametrize("name", SCORES)
def test_an_ideal_unit_loses_as_much_when_labels_are_drawn(name: str) -> None:
    """The test itself, on a million pixels."""
    generator, pixels = np.random.default_rng(0), 1_000_000
    mask = np.arange(pixels) < pixels // 100
    half = mask & (generator.random(pixels) < 0.5)
    twice = mask | (generator.random(pixels) < 1 / 99)
    score = SCORES[name]

    def value(labels: np.ndarray) -> float:
        raw = float(score.function((mask & labels).sum(), mask.sum(), labels.sum(), pixels))
        return (raw - score.lowest) / (1 - score.lowest)

    changes = value(half) - value(mask), value(twice) - value(mask)
    assert changes == pytest.approx(score.changes(), abs=0.01)


def test_five_scores_pass_and_auroc_fails() -> None:
    assert [name for name, score in SCORES.items() if score.passes] == ["iou", "f1", "auprc", "correlation", "cosine"]


@pytest.mark.parametrize("seed", range(4))
def test_scores_from_counts_are_those_of_the_pixels(seed: int) -> None:
    generator = np.random.default_rng(seed)
    concept = generator.random(400) < 0.2
    mask = np.where(generator.random(400) < 0.6, concept, generator.random(400) < 0.1)
    counts = ((mask & concept).sum(), mask.sum(), concept.sum(), 400)
    wanted = {
        "iou": jaccard_score(concept, mask),
        "f1": f1_score(concept, mask),
        "auprc": average_precision_score(mask, concept),
        "correlation": pearsonr(mask.astype(float), concept.astype(float)).statistic,
        "cosine": 1 - distance(mask.astype(float), concept.astype(float)),
        "auroc": roc_auc_score(concept, mask),
    }
    for name, value in wanted.items():
        assert float(SCORES[name].function(*counts)) == pytest.approx(value, abs=1e-12), name


def test_what_is_empty_scores_nothing() -> None:
    for name in ("iou", "f1", "auprc", "correlation", "cosine"):
        np.testing.assert_array_equal(SCORES[name].function([0, 0, 0], [0, 5, 0], [0, 0, 7], 10), 0)


@pytest.mark.parametrize("seed", range(4))
def test_p_of_auroc_is_that_of_mann_and_whitneys_test(seed: int) -> None:
    generator = np.random.default_rng(seed)
    concept = generator.random(80) < 0.3
    mask = np.where(generator.random(80) < 0.2, concept, generator.random(80) < 0.3)
    counts = ((mask & concept).sum(), mask.sum(), concept.sum(), 80)
    test = mannwhitneyu(mask[concept], mask[~concept], alternative="greater", method="asymptotic")
    pairs = concept.sum() * (~concept).sum()
    assert float(SCORES["auroc"].function(*counts)) == pytest.approx(test.statistic / pairs)
    assert float(rank_p(*counts)) == pytest.approx(test.pvalue, rel=1e-9)


def test_p_is_one_where_there_is_nothing_to_tell() -> None:
    assert rank_p([0, 5, 0, 2], [0, 5, 3, 9], [4, 5, 0, 2], [9, 5, 9, 9]).tolist() == [1, 1, 1, 1]
