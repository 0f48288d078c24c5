"""Scores of words for units, against their published definitions written out number by number."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
import torch

from visualize.methods.dissection.text.scores import word_scores
from visualize.methods.dissection.text.settings import Score, Settings
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = NDArray[np.float64]

PICTURES, UNITS, WORDS = 40, 5, 7


@pytest.fixture(scope="module")
def activations() -> Table:
    return np.random.default_rng(1).gamma(1.0, size=(PICTURES, UNITS))


@pytest.fixture(scope="module")
def similarities() -> Table:
    return np.random.default_rng(2).uniform(0.1, 0.35, size=(PICTURES, WORDS))


def _scored(activations: Table, similarities: Table, settings: Settings) -> Table:
    return word_scores(torch.from_numpy(activations), torch.from_numpy(similarities), settings).numpy()


def _best(activations: Table, unit: int, count: int) -> list[int]:
    return sorted(range(len(activations)), key=lambda picture: -activations[picture, unit])[:count]


def _softmax(row: Table, a: float) -> list[float]:
    weights = [math.exp(a * value) for value in row]
    return [weight / sum(weights) for weight in weights]


def _information(activations: Table, similarities: Table, belongs: list[float], a: float, penalty: float) -> Table:
    """Oikarinen and Weng 2023: log p(t | B_k) - lambda log p(t), with products of plain probabilities."""
    likely = np.zeros((UNITS, WORDS))
    for unit in range(UNITS):
        for word in range(WORDS):
            product = 1.0
            for probability, picture in zip(belongs, _best(activations, unit, len(belongs)), strict=True):
                product *= 1 + probability * (_softmax(similarities[picture], a)[word] - 1)
            likely[unit, word] = product
    result: Table = np.log(likely) - penalty * np.log(likely.mean(0))
    return result


def test_softwpmi_is_the_published_one(activations: Table, similarities: Table) -> None:
    belongs = [0.998 - place / 20 * (0.998 - 0.97) for place in range(20)]
    expected = _information(activations, similarities, belongs, a=10, penalty=1)
    np.testing.assert_allclose(_scored(activations, similarities, Settings(top=20)), expected, rtol=0, atol=1e-10)


def test_its_defaults_are_those_of_the_paper() -> None:
    usual = Settings()
    assert (usual.top, usual.scale, usual.p_start, usual.p_end, usual.penalty) == (100, 10, 0.998, 0.97, 1)


def test_wpmi_is_the_published_one(activations: Table, similarities: Table) -> None:
    expected = _information(activations, similarities, [1.0] * 12, a=2, penalty=0.6)
    wpmi = Settings(score="wpmi", top=12, scale=2, penalty=0.6)
    np.testing.assert_allclose(_scored(activations, similarities, wpmi), expected, rtol=0, atol=1e-10)


def test_fewer_pictures_than_are_asked_for_count_with_the_same_probabilities(
    activations: Table, similarities: Table
) -> None:
    belongs = [0.998 - place / 100 * (0.998 - 0.97) for place in range(PICTURES)]
    expected = _information(activations, similarities, belongs, a=10, penalty=1)
    np.testing.assert_allclose(_scored(activations, similarities, Settings()), expected, rtol=0, atol=1e-9)


def test_rank_reorder_compares_a_unit_with_itself_in_the_order_of_the_words(
    activations: Table, similarities: Table
) -> None:
    expected = np.zeros((UNITS, WORDS))
    for unit in range(UNITS):
        chosen = _best(activations, unit, PICTURES // 4)
        own = sorted((activations[picture, unit] for picture in chosen), reverse=True)
        for word in range(WORDS):
            by_word = sorted(chosen, key=lambda picture: -similarities[picture, word])
            differences = [abs(own[by_word.index(picture)] - activations[picture, unit]) ** 3 for picture in chosen]
            expected[unit, word] = -(sum(differences) ** (1 / 3))
    rank = Settings(score="rank", fraction=0.25)
    np.testing.assert_allclose(_scored(activations, similarities, rank), expected, rtol=0, atol=1e-12)


def test_rank_reorder_is_0_for_a_word_of_the_units_own_order_and_less_for_others(activations: Table) -> None:
    words = np.stack([np.exp(activations[:, 0]), -activations[:, 0]], 1)
    first, second = _scored(activations, words, Settings(score="rank", fraction=1.0))[0]
    assert first == 0
    assert second < -1


def test_cosine_is_that_of_the_two_columns(activations: Table, similarities: Table) -> None:
    lengths = np.linalg.norm(activations, axis=0)[:, None] * np.linalg.norm(similarities, axis=0)
    expected = activations.T @ similarities / lengths
    scored = _scored(activations, similarities, Settings(score="cosine"))
    np.testing.assert_allclose(scored, expected, rtol=0, atol=1e-12)


def test_cubed_cosine_is_that_of_cubes_of_what_lies_above_the_mean(activations: Table) -> None:
    words = np.random.default_rng(3).normal(size=(PICTURES, WORDS))
    expected = np.zeros((UNITS, WORDS))
    for unit in range(UNITS):
        for word in range(WORDS):
            left = (activations[:, unit] - activations[:, unit].mean()) ** 3
            right = (words[:, word] - words[:, word].mean()) ** 3
            expected[unit, word] = left @ right / math.sqrt((left @ left) * (right @ right))
    scored = _scored(activations, words, Settings(score="cosine-cubed"))
    np.testing.assert_allclose(scored, expected, rtol=0, atol=1e-12)


def test_a_unit_that_is_always_off_gets_numbers_too(similarities: Table) -> None:
    off = np.zeros((PICTURES, 2))
    for score in get_args(Score):
        assert np.isfinite(_scored(off, similarities, Settings(score=score))).all()


@pytest.mark.parametrize("score", get_args(Score))
def test_every_score_finds_planted_words(score: Score) -> None:
    """Unit k is active where word k is similar; a word that fits every unit, and one that fits none, lose."""
    generator = np.random.default_rng(4)
    units = generator.gamma(0.5, size=(200, 6))
    words = 0.2 + 0.1 * units / units.max(0) + 0.002 * generator.normal(size=units.shape)
    everywhere, nowhere = np.full((200, 1), 0.22), np.full((200, 1), 0.1)
    like = np.concatenate([words, everywhere, nowhere], 1)
    settings = Settings(score=score, top=20) if score in {"softwpmi", "wpmi"} else Settings(score=score)
    assert _scored(units, like, settings).argmax(1).tolist() == list(range(6))


def test_probabilities_that_rise_are_refused() -> None:
    with pytest.raises(InputError, match="p_end is at most p_start"):
        Settings(p_start=0.5, p_end=0.9)
