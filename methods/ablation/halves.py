"""Two halves of some pictures: importance is ranked on one, and reported on the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def halves(truth: NDArray[np.integer], seed: int = 0) -> NDArray[np.bool_]:
    """Deal the pictures of each class out to two halves, as evenly as they go.

    Args:
        truth: the class of each picture.
        seed: of the draw.

    Returns:
        for each picture whether it is of the half that is reported on.

    Example:
        >>> truth = np.array([0, 0, 0, 0, 1, 1, 2])
        >>> half = halves(truth)
        >>> int(half[truth == 0].sum()), int(half[truth == 1].sum())
        (2, 1)
    """
    generator = np.random.default_rng(seed)
    half = np.zeros(len(truth), bool)
    turn = 0  # whose an odd one is
    for number in np.unique(truth):
        members = generator.permutation(np.flatnonzero(truth == number))
        half[members[turn::2]] = True
        turn = (turn + len(members)) % 2
    return half


def in_both(truth: NDArray[np.integer], half: NDArray[np.bool_], classes: Sequence[int], least: int) -> list[int]:
    """Classes with enough pictures in both halves, and pictures of others in both.

    Args:
        truth: the class of each picture.
        half: for each picture whether it is of the half that is reported on.
        classes: numbers of those to choose from.
        least: pictures of each half that a class has at least.
    """
    return [
        number
        for number in classes
        if all((own := truth[side] == number).sum() >= least and not own.all() for side in (half, ~half))
    ]
