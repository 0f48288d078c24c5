from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from visualize.scenes.random_stream import Dice


def test_dice_are_the_generators_numbers_each_block_from_its_end() -> None:
    dice, generator = Dice(3, 4), np.random.Generator(np.random.PCG64([3, 4]))
    expected = [generator.random(1024)[::-1] for _ in range(3)]
    assert [dice.unit() for _ in range(3 * 1024)] == np.concatenate(expected).tolist()


@given(st.integers(0, 1000), st.integers(-9, 9), st.integers(1, 9))
def test_numbers_keep_to_their_range(seed: int, low: int, span: int) -> None:
    dice = Dice(seed)
    assert all(low <= dice.between(low, low + span) < low + span for _ in range(20))
    assert {dice.whole(low, low + span) for _ in range(300)} == set(range(low, low + span + 1))


def test_options_are_equally_likely_and_chances_are_as_they_say() -> None:
    dice = Dice(1)
    picks = [dice.pick("abcde") for _ in range(5000)]
    assert stats.chisquare([picks.count(letter) for letter in "abcde"]).pvalue > 0.01
    assert stats.binomtest(sum(dice.chance(0.3) for _ in range(5000)), 5000, 0.3).pvalue > 0.01


@given(st.integers(0, 1000), st.lists(st.integers(), max_size=8))
def test_shuffling_keeps_every_option(seed: int, options: list[int]) -> None:
    shuffled = Dice(seed).shuffled(options)
    assert sorted(shuffled) == sorted(options)


def test_shuffling_gives_every_order() -> None:
    dice = Dice(0)
    assert len({tuple(dice.shuffled("abc")) for _ in range(200)}) == 6
