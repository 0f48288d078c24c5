"""Kinds of sounds that nobody named: clusters of their statistics, which a picture's network learns to predict."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.errors import InputError
from visualize.scenes.sound.texture import GROUPS, SIZE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]


CLUSTERS = 30
"""Number of the shipped clusters, as in Owens et al. 2016."""

_FILE = Path(__file__).with_name("clusters.npz")
_MOST_ROUNDS = 200
_CONSTANT = 1e-9  # a statistic that deviates less than this among sounds tells them not apart
_FAR = 3.0  # deviations from the mean beyond which there is no farther: a tick in silence has a kurtosis of hundreds


@dataclass(frozen=True, eq=False)
class Clusters:
    """Centres in the space of standardised statistics.

    Args:
        mean: of each statistic among the sounds that were clustered: SIZE numbers.
        deviation: of each statistic among them; infinite where it is the same for all.
        centres: K x SIZE, standardised.

    Example:
        >>> from visualize.scenes import render
        >>> from visualize.scenes.sound import soundtrack, texture
        >>> sea = texture(soundtrack(render("beach", 7), 7))
        >>> 0 <= shipped().of(sea) < CLUSTERS
        True
    """

    mean: Numbers
    deviation: Numbers
    centres: Numbers

    def standardised(self, statistics: Numbers) -> Numbers:
        """Statistics (... x SIZE) in the space of the centres: each group of statistics counts the same.

        Differences from the mean, in deviations, three at most, over the root of the group's size.
        """
        return _standardised(statistics, self.mean, self.deviation)

    def of(self, statistics: Numbers) -> int:
        """The cluster of a sound, from 0: that of the nearest centre.

        Args:
            statistics: SIZE numbers, of :func:`~visualize.scenes.sound.texture.texture`.
        """
        return int(nearest(self.standardised(statistics)[None], self.centres)[0])


def _standardised(statistics: Numbers, mean: Numbers, deviation: Numbers) -> Numbers:
    share = np.concatenate([np.full(size, size**-0.5) for size in GROUPS.values()])
    steps: Numbers = np.clip((statistics - mean) / deviation, -_FAR, _FAR)
    scaled: Numbers = steps * share
    return scaled


def nearest(points: Numbers, centres: Numbers) -> NDArray[np.intp]:
    """The number of the nearest centre of each point; the first of several that are as near.

    Args:
        points: N x D.
        centres: K x D.
    """
    distances: Numbers = np.square(centres).sum(1) - 2 * points @ centres.T
    numbers: NDArray[np.intp] = distances.argmin(1)
    return numbers


def clustered(statistics: Numbers, count: int = CLUSTERS, seed: int = 0) -> Clusters:
    """Find clusters of sounds: k-means of Lloyd 1982, from centres far apart (Arthur and Vassilvitskii 2007).

    Args:
        statistics: N x SIZE.
        count: of clusters.
        seed: decides where it begins; the same seed and statistics give the same clusters.

    Raises:
        InputError: there are fewer sounds than clusters.
    """
    if len(statistics) < count:
        raise InputError(f"{len(statistics)} sounds make no {count} clusters; give as many sounds or more")
    mean, deviation = statistics.mean(0), statistics.std(0)
    deviation[deviation <= _CONSTANT] = np.inf
    points = _standardised(statistics, mean, deviation)
    centres = _far_apart(points, count, np.random.Generator(np.random.PCG64(seed)))
    owner = nearest(points, centres)
    for _ in range(_MOST_ROUNDS):
        centres = np.stack([
            points[owner == number].mean(0) if (owner == number).any() else centres[number] for number in range(count)
        ])  # fmt: skip
        before, owner = owner, nearest(points, centres)
        if (before == owner).all():
            break
    return Clusters(mean, deviation, centres)


def _far_apart(points: Numbers, count: int, random: np.random.Generator) -> Numbers:
    """Points to begin with, each drawn with a probability proportional to its squared distance from those before."""
    chosen = [points[int(random.integers(len(points)))]]
    distance = np.square(points - chosen[0]).sum(1)
    for _ in range(count - 1):
        reached = np.cumsum(distance)
        chosen.append(points[int(np.searchsorted(reached, random.random() * reached[-1]).clip(0, len(points) - 1))])
        distance = np.minimum(distance, np.square(points - chosen[-1]).sum(1))
    return np.stack(chosen)


@cache
def shipped() -> Clusters:
    """The clusters that come along; ``examples/cluster_sounds.py`` makes them again.

    Raises:
        InputError: the file does not fit this version's statistics.
    """
    with np.load(_FILE) as file:
        mean, deviation, centres = (file[name].astype(np.float64) for name in ("mean", "deviation", "centres"))
    if centres.shape != (CLUSTERS, SIZE):
        raise InputError(f"{_FILE.name} holds centres of shape {centres.shape}, not {(CLUSTERS, SIZE)}; install again")
    return Clusters(mean, deviation, centres)
