from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from visualize.methods.errors import InputError
from visualize.methods.transfer.precision import KINDS, Kind, average_precision

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _ranking(seed: int, size: int = 60, *, levels: int | None = None) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    generator = np.random.default_rng(seed)
    there = generator.random(size) < 0.3
    scores = generator.normal(size=size) + there
    return there, np.round(scores * levels) if levels else scores


@pytest.mark.parametrize("levels", [None, 2])
@pytest.mark.parametrize("seed", range(5))
def test_the_area_is_scikit_learn_s_also_with_equal_scores(seed: int, levels: int | None) -> None:
    there, scores = _ranking(seed, levels=levels)
    assert float(average_precision(there, scores)) == pytest.approx(average_precision_score(there, scores), abs=1e-12)


def _envelope(there: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """The area under the envelope, as VISSL's code goes through the ranking from its end."""
    ranked = there[np.argsort(-scores)]
    best, area = 0.0, 0.0
    for place in range(len(ranked) - 1, -1, -1):
        best = max(best, ranked[: place + 1].sum() / (place + 1))
        if ranked[place]:
            area += best / ranked.sum()
    return area


def _eleven(there: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """The mean of eleven largest precisions, in whole numbers, so that 3 of 10 reaches 0.3."""
    ranked = there[np.argsort(-scores)]
    right, total = np.cumsum(ranked), int(ranked.sum())
    precision = right / np.arange(1, len(ranked) + 1)
    return float(np.mean([precision[10 * right >= tenth * total].max() for tenth in range(11)]))


@pytest.mark.parametrize("seed", range(5))
def test_the_other_two_are_as_their_papers_define_them(seed: int) -> None:
    there, scores = _ranking(seed)
    assert float(average_precision(there, scores, kind="envelope")) == pytest.approx(_envelope(there, scores))
    assert float(average_precision(there, scores, kind="eleven")) == pytest.approx(_eleven(there, scores))


@pytest.mark.parametrize(
    ("ranked", "kind", "expected"),
    [
        # right at 1st, 3rd and 5th of six: precisions 1, 2/3, 3/5
        ([1, 0, 1, 0, 1, 0], "area", (1 + 2 / 3 + 3 / 5) / 3),
        ([1, 0, 1, 0, 1, 0], "envelope", (1 + 2 / 3 + 3 / 5) / 3),
        ([1, 0, 1, 0, 1, 0], "eleven", (4 * 1 + 3 * 2 / 3 + 4 * 3 / 5) / 11),
        # right at 2nd and 3rd: precisions 1/2, 2/3, of which the envelope is 2/3 throughout
        ([0, 1, 1], "area", (1 / 2 + 2 / 3) / 2),
        ([0, 1, 1], "envelope", 2 / 3),
        ([0, 1, 1], "eleven", 2 / 3),
    ],
)
def test_cases_worked_by_hand(ranked: list[int], kind: Kind, expected: float) -> None:
    scores = -np.arange(len(ranked))
    assert float(average_precision(ranked, scores, kind=kind)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_weight_is_as_good_as_so_many_pictures(kind: Kind) -> None:
    there, scores = _ranking(3)
    weights = np.random.default_rng(0).integers(0, 4, (7, len(there)))
    for row, result in zip(weights, average_precision(there, scores, kind=kind, weights=weights), strict=True):
        repeated = np.repeat(np.arange(len(there)), row)
        assert result == pytest.approx(float(average_precision(there[repeated], scores[repeated], kind=kind)))


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_right_picture_there_is_none(kind: Kind) -> None:
    assert np.isnan(average_precision([0, 0], [1.0, 2.0], kind=kind))


def test_another_definition_is_refused() -> None:
    with pytest.raises(InputError, match="area, envelope, eleven"):
        average_precision([1], [1.0], kind="round")  # type: ignore[arg-type]
