"""Jigsaw puzzles: orders that are far from each other, and tiles that lie where the answer says."""

from __future__ import annotations

from itertools import combinations, permutations

import torch
from supervisions.jigsaw import CELL, ORDERS, TILE, Jigsaw, far_orders
from supervisions.trunk import plain_trunk

from tests.examples.supervisions.located import located, noise


def distance(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return sum(mine != its for mine, its in zip(one, other, strict=True))


def brute_force(count: int, tiles: int) -> list[tuple[int, ...]]:
    """The next order is the one whose nearest neighbour is farthest, then the one farthest from all together."""
    every = list(permutations(range(tiles)))
    taken = [every[0]]
    while len(taken) < count:
        apart = [[distance(order, other) for other in taken] for order in every]
        taken.append(max(zip(every, apart, strict=True), key=lambda pair: (min(pair[1]), sum(pair[1])))[0])
    return taken


def test_orders_are_those_that_a_search_through_all_finds() -> None:
    for count, tiles in ((4, 3), (12, 4), (9, 5)):
        assert [tuple(order) for order in far_orders(count, tiles).tolist()] == brute_force(count, tiles)


def test_orders_of_nine_tiles_differ_in_seven_places_at_least() -> None:
    orders = [tuple(order) for order in far_orders(ORDERS).tolist()]
    assert all(sorted(order) == list(range(9)) for order in orders)
    apart = [distance(one, other) for one, other in combinations(orders, 2)]
    assert min(apart) >= 7
    assert sum(apart) / len(apart) > 8  # orders drawn by chance differ in eight places on average


def test_each_tile_comes_from_anywhere_in_the_cell_that_its_order_names() -> None:
    task, pictures = Jigsaw(plain_trunk()), noise(4)
    asked, answers = task.questions(pictures, torch.Generator().manual_seed(0))
    assert len(set(answers.tolist())) > 3
    inside = set()
    for picture, tiles, answer in zip(pictures, asked, answers.tolist(), strict=True):
        for cell, (top, left) in zip(task.orders[answer].tolist(), located(picture, tiles), strict=True):
            down, right = top - CELL * (cell // 3), left - CELL * (cell % 3)
            assert -1 <= down <= CELL - TILE + 1  # one pixel more, as the channels are shifted
            assert -1 <= right <= CELL - TILE + 1
            inside.add((down, right))
    assert len(inside) > 20  # of 36 tiles; edges do not go on from one to the next


def test_nobody_can_tell_neighbours_by_their_brightness_or_by_the_colours_of_every_puzzle() -> None:
    asked, _ = Jigsaw(plain_trunk()).questions(noise(40), torch.Generator().manual_seed(1))
    assert asked.flatten(2).mean(2).abs().max() < 1e-5
    grey = (asked[:, :, 0] - asked[:, :, 1]).abs().flatten(1).max(1).values < 1e-5
    assert 6 <= int(grey.sum()) <= 18  # 30 % of forty, to within three standard errors
