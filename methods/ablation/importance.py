"""Units of a layer in the order in which each class needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.ablation.rates import rates_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SIZES = (1, 2, 3, 4, 5, 20, 64, 128, 256, 512, 1024, 2048)
"""Numbers of units that are removed at once, as far as a layer has more (Bau et al. 2020 remove 1 to 256)."""


def ranked(
    called: tuple[NDArray[np.integer], NDArray[np.integer]],
    evidence: tuple[NDArray[np.floating], NDArray[np.floating]],
    truth: NDArray[np.integer],
    classes: Sequence[int],
) -> NDArray[np.intp]:
    """Units by how much each class needs them, the most important first.

    A unit matters as much as the class's balanced accuracy falls when it alone is removed (Bau et al. 2020). Few
    pictures make many units equal; of these that one comes first without which the logarithm of the probability of the
    class falls more, on its own pictures.

    Args:
        called: what each picture is called with all units, and without each: pictures, and pictures x units.
        evidence: the logarithm of the probability of each picture's own class, likewise.
        truth: the class of each picture.
        classes: numbers of classes.

    Returns:
        classes x units, places of units.
    """
    with_all, without = called
    falls = rates_of(with_all, truth, classes).balanced[None] - rates_of(without, truth, classes).balanced
    weaker = np.stack([(evidence[0][:, None] - evidence[1])[truth == number].mean(0) for number in classes], -1)
    return np.stack([np.lexsort((-weaker[:, place], -falls[:, place])) for place in range(len(classes))])


def sizes_for(units: int, asked: Sequence[int] = ()) -> tuple[int, ...]:
    """Numbers of units that are removed at once: those asked for, else :data:`SIZES`, that leave a unit.

    Args:
        units: of the layer.
        asked: for, in any order.

    Example:
        >>> sizes_for(80), sizes_for(5, [8, 2, 2])
        ((1, 2, 3, 4, 5, 20, 64), (2,))
    """
    return tuple(sorted({size for size in asked or SIZES if 0 < size < units}))
