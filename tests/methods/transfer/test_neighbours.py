from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from visualize.methods.transfer.neighbours import neighbour_votes
from visualize.methods.transfer.pooling import by_length


@pytest.mark.parametrize(("count", "temperature"), [(1, 0.07), (20, 0.07), (200, 0.1)])
def test_votes_are_those_that_a_plain_loop_counts(count: int, temperature: float) -> None:
    generator = np.random.default_rng(0)
    known, asked = by_length(generator.normal(size=(50, 12))), by_length(generator.normal(size=(7, 12)))
    names = generator.integers(0, 4, 50)
    votes = neighbour_votes(known, np.eye(4, dtype=int)[names], asked, count=count, temperature=temperature)
    for row, result in zip(asked, votes, strict=True):
        cosines = [float(row @ other) for other in known]
        nearest = sorted(range(50), key=lambda place: -cosines[place])[:count]
        expected = np.zeros(4)
        for place in nearest:
            expected[names[place]] += np.exp(cosines[place] / temperature)
        np.testing.assert_allclose(result, expected / expected.sum(), rtol=1e-9)


def test_scikit_learn_gives_the_same_with_such_weights() -> None:
    generator = np.random.default_rng(1)
    known, asked = by_length(generator.normal(size=(60, 8))), by_length(generator.normal(size=(20, 8)))
    names = generator.integers(0, 3, 60)
    peer = KNeighborsClassifier(9, metric="cosine", algorithm="brute", weights=lambda far: np.exp((1 - far) / 0.07))
    expected = peer.fit(known, names).predict_proba(asked)
    votes = neighbour_votes(known, np.eye(3, dtype=int)[names], asked, count=9, temperature=0.07)
    np.testing.assert_allclose(votes, expected, atol=1e-9)
