"""Clarity, redundancy and polysemanticity, against their definitions and against the authors' package."""

from __future__ import annotations

import importlib.util
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from visualize.methods.dissection.text.embedding_measures import clarity, polysemanticity, redundancy


@pytest.fixture(scope="module")
def examples() -> np.ndarray:
    """Units x pictures x features: pairs of clusters that are plain to see, each unit's of other sizes."""
    generator = np.random.default_rng(0)
    centres = 3 * generator.normal(size=(8, 2, 16))
    belongs = np.array([[picture < 2 + unit for picture in range(20)] for unit in range(8)]).astype(int)
    return np.asarray(centres[np.arange(8)[:, None], belongs] + 0.3 * generator.normal(size=(8, 20, 16)))


def _cosine(left: np.ndarray, right: np.ndarray) -> float:
    return float(left @ right / np.sqrt((left @ left) * (right @ right)))


def _published() -> Any:  # noqa: ANN401 (a module without types)
    """The authors' scores, from their file alone: the package as a whole needs more than it says."""
    package = importlib.util.find_spec("semanticlens")
    if package is None or package.origin is None:
        pytest.skip("needs semanticlens, the authors' package (pip install semanticlens)")
    spec = importlib.util.spec_from_file_location("published_scores", Path(package.origin).with_name("scores.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_clarity_is_the_mean_cosine_of_two_pictures(examples: np.ndarray) -> None:
    expected = [np.mean([_cosine(*pair) for pair in itertools.permutations(unit, 2)]) for unit in examples]
    np.testing.assert_allclose(clarity(examples), expected, rtol=0, atol=1e-12)


def test_redundancy_is_the_largest_cosine_of_mean_embeddings(examples: np.ndarray) -> None:
    means = examples.mean(1)
    cosines, twins = redundancy(examples)
    for unit, mean in enumerate(means):
        others = {other: _cosine(mean, means[other]) for other in range(len(means)) if other != unit}
        assert twins[unit] == max(others, key=lambda other: others[other])
        assert cosines[unit] == pytest.approx(max(others.values()), abs=1e-12)


def test_polysemanticity_is_told_by_the_means_of_two_clusters(examples: np.ndarray) -> None:
    for unit, value in enumerate(polysemanticity(examples)):
        first, second = examples[unit, : 2 + unit].mean(0), examples[unit, 2 + unit :].mean(0)
        assert value == pytest.approx(1 - _cosine(first, second), abs=1e-12)


def test_all_three_are_those_of_semanticlens(examples: np.ndarray) -> None:
    scores = _published()
    tensor = torch.from_numpy(examples)
    np.testing.assert_allclose(clarity(examples), scores.clarity_score(tensor), rtol=0, atol=1e-12)
    np.testing.assert_allclose(polysemanticity(examples), scores.polysemanticity_score(tensor), rtol=0, atol=1e-12)
    assert redundancy(examples)[0].mean() == pytest.approx(float(scores.redundancy_score(tensor.mean(1))), abs=1e-7)


def test_a_cluster_of_one_picture_is_told_as_semanticlens_does() -> None:
    scores = _published()
    generator = np.random.default_rng(1)
    examples = generator.normal(size=(3, 12, 8)) + 2
    examples[:, 5] *= -20
    expected = scores.polysemanticity_score(torch.from_numpy(examples))
    np.testing.assert_allclose(polysemanticity(examples), expected, rtol=0, atol=1e-12)


def test_pictures_that_are_all_the_same_are_clear_and_mean_one_thing() -> None:
    same = np.ones((2, 6, 4))
    np.testing.assert_allclose(clarity(same), 1, atol=1e-12)
    np.testing.assert_allclose(polysemanticity(same), 0, atol=1e-12)
    np.testing.assert_allclose(redundancy(same)[0], 1, atol=1e-12)


def test_embeddings_of_zeros_give_numbers() -> None:
    nothing = np.zeros((2, 3, 4))
    assert np.isfinite(clarity(nothing)).all()
    assert np.isfinite(polysemanticity(nothing)).all()
    assert redundancy(nothing)[0].tolist() == [0, 0]
