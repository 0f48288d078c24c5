"""Context: the eight places around a patch, and patches that lie where the answers say."""

from __future__ import annotations

import torch
from supervisions.context import BLOCK, GAP, JITTER, PAIRS, PATCH, Context
from supervisions.trunk import plain_trunk

from tests.examples.supervisions.located import located, noise


def test_the_answers_are_the_eight_places_around_a_patch_row_by_row() -> None:
    steps = [
        (BLOCK[second][0] - BLOCK[first][0], BLOCK[second][1] - BLOCK[first][1])  # down, right
        for first, second in PAIRS
    ]
    assert steps == [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if (down, right) != (0, 0)]


def test_patches_lie_a_gap_and_some_jitter_apart_where_their_answers_say() -> None:
    pictures = noise(4)
    asked, answers = Context(plain_trunk()).questions(pictures, torch.Generator().manual_seed(0))
    assert answers.tolist() == list(range(8)) * 4
    corners, gaps = set(), set()
    for picture, patches in zip(pictures, asked, strict=True):
        places = located(picture, patches)
        corners.add(places[0])
        for (first, second), (down, right) in zip(PAIRS, [(-1, -1), (-1, 0), (-1, 1), (0, -1)], strict=False):
            for axis, step in enumerate((down, right)):
                apart = places[second][axis] - places[first][axis] - step * (PATCH + GAP)
                assert abs(apart) <= 2 * JITTER
                gaps.add(apart)
    assert len(corners) == 4
    assert len(gaps) > 6
    assert GAP > 2 * JITTER  # patches never touch


def test_patches_have_no_brightness_of_their_own() -> None:
    asked, _ = Context(plain_trunk()).questions(noise(4), torch.Generator().manual_seed(0))
    assert asked.flatten(2).mean(2).abs().max() < 1e-5


@torch.no_grad()
def test_a_pair_is_answered_from_its_own_two_patches() -> None:
    torch.manual_seed(0)
    task = Context(plain_trunk()).eval()
    asked, _ = task.questions(noise(2), torch.Generator().manual_seed(0))
    answers = task(asked).view(2, 8, 8)
    changed = asked.clone()
    changed[:, 3] = 0
    moved = (task(changed).view(2, 8, 8) - answers).abs().amax((0, 2)) > 1e-6
    assert moved.tolist() == [3 in pair for pair in PAIRS]
