from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from visualize.transfers.splits import dealt


@given(
    groups=st.lists(st.integers(0, 30), min_size=4, max_size=80),
    shares=st.sampled_from([(0.7, 0.3), (0.5, 0.5), (1 / 3, 1 / 3, 1 / 3)]),
    several=st.booleans(),
    seed=st.integers(0, 3),
)
def test_groups_are_never_split(groups: list[int], shares: tuple[float, ...], *, several: bool, seed: int) -> None:
    generator = np.random.default_rng(seed)
    labels = np.eye(4, dtype=int)[generator.integers(0, 4, len(groups))]
    if several:
        labels = (generator.random((len(groups), 4)) < 0.4).astype(int)
    names = [f"film {group}" for group in groups]
    parts = dealt(labels, names, shares, several=several, seed=seed)
    assert all(len(set(parts[np.array(names) == name])) == 1 for name in set(names))
    assert set(parts) <= set(range(len(shares)))
    if len(set(names)) >= len(shares):
        assert len(set(parts)) == len(shares)


@given(sizes=st.lists(st.integers(2, 40), min_size=2, max_size=6), seed=st.integers(0, 3))
def test_every_class_gets_its_share(sizes: list[int], seed: int) -> None:
    labels = np.eye(len(sizes), dtype=int)[np.repeat(np.arange(len(sizes)), sizes)]
    parts = dealt(labels, (), (0.7, 0.3), several=False, seed=seed)
    for size, tested in zip(sizes, labels[parts == 1].sum(0), strict=True):
        assert abs(tested - 0.3 * size) <= 0.5 + 1e-9 or (size == 2 and tested == 1)


def test_another_seed_deals_otherwise_and_the_same_one_alike() -> None:
    labels = np.eye(2, dtype=int)[np.arange(40) % 2]
    first, again, other = (dealt(labels, (), (0.7, 0.3), several=False, seed=seed).tolist() for seed in (0, 0, 1))
    assert first == again != other


def test_of_three_films_the_test_is_the_one_that_comes_nearest_and_two_are_left_to_learn_from() -> None:
    films = ["long"] * 60 + ["middle"] * 25 + ["short"] * 15
    labels = np.ones((100, 1), int)
    parts = dealt(labels, films, (0.7, 0.3), several=True, seed=0)
    assert {film for film, part in zip(films, parts, strict=True) if part == 1} == {"middle"}
