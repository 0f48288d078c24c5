"""Measures of strings against published values and independent definitions."""

from __future__ import annotations

import functools
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import jaccard_score

from visualize.people.words import MEASURES, jaccard, jaro_winkler, levenshtein, normalised

WORDS = st.text("abcde ", max_size=9).map(lambda text: " ".join(text.split()))


@pytest.mark.parametrize(
    ("left", "right", "published"),
    [("martha", "marhta", 0.961), ("dixon", "dicksonx", 0.813), ("dwayne", "duane", 0.840), ("jones", "johnson", 0.832),
     ("abroms", "abrams", 0.922), ("hardin", "martinez", 0.722), ("itman", "smith", 0.467)],
)  # fmt: skip
def test_jaro_winkler_is_that_of_winklers_table(left: str, right: str, published: float) -> None:
    """Winkler 1990 and Porter and Winkler 1997, of names."""
    assert jaro_winkler(left, right) == pytest.approx(published, abs=6e-4)


@given(WORDS, WORDS)
@settings(max_examples=60, deadline=None)
def test_levenshtein_is_its_recursive_definition(left: str, right: str) -> None:
    @functools.cache
    def distance(first: int, second: int) -> int:
        if not first or not second:
            return max(first, second)
        swap = distance(first - 1, second - 1) + (left[first - 1] != right[second - 1])
        return min(distance(first - 1, second) + 1, distance(first, second - 1) + 1, swap)

    longest = max(len(left), len(right))
    expected = 1 - distance(len(left), len(right)) / longest if longest else 1.0
    assert levenshtein(left, right) == pytest.approx(expected)


@given(WORDS, WORDS)
@settings(max_examples=60, deadline=None)
def test_jaccard_is_that_of_scikit_learn(left: str, right: str) -> None:
    words = sorted({*left.split(), *right.split()})
    if not words:
        assert jaccard(left, right) == 1
        return
    present = [[word in text.split() for word in words] for text in (left, right)]
    assert jaccard(left, right) == pytest.approx(jaccard_score(*present))


@pytest.mark.parametrize("name", MEASURES)
@given(left=WORDS, right=WORDS)
@settings(max_examples=40, deadline=None)
def test_every_measure_is_symmetric_in_its_range_and_one_for_equal_words(name: str, left: str, right: str) -> None:
    measure = MEASURES[name]
    assert 0 <= measure(left, right) <= 1
    assert measure(left, left) == 1
    if name != "Jaro-Winkler":  # whose greedy matching depends on the order
        assert measure(left, right) == pytest.approx(measure(right, left))


@pytest.mark.parametrize(
    ("same", "as_"),
    [
        ("Street Lamps", "the street-lamp"), ("berries", "A berry."), ("churches", "church"), ("GLASS", "glass"),
        ("bus", "Buses"), ("café", "CAFE"), ("green (color)", "green"), ("horses", "a horse"),
        ("houses", "house"), ("cookies", "Cookie"), ("ties", "tie"), ("vases", "vase"), ("axes", "axe"),
    ],
)  # fmt: skip
def test_words_that_are_written_otherwise_are_the_same(same: str, as_: str) -> None:
    assert normalised(same) == normalised(as_)


def test_different_words_stay_different() -> None:
    words = [
        "car",
        "cat",
        "street",
        "street lamp",
        "grass",
        "glass",
        "bus",
        "iris",
        "sky",
        "skies and sea",
        "x",
        "道路",
    ]
    known = [normalised(word) for word in words]
    assert all(left != right for left, right in itertools.combinations(known, 2))
    assert all(known)
