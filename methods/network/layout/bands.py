"""Where the rows and columns of a map look: bands of a picture are put in place of another one's, one by one.

A map's first rows are moved by the uppermost bands of the picture, its last ones by the lowest, and each row by bands
that lie side by side: not by two that lie apart, as where a map is joined to its mirror image. Columns likewise. Zeiler
and Fergus 2014 (section 4.2) cover a part of a picture and look at what changes; a band moves every place of a row at
once, so that little is left to chance.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

USUAL, FEWEST = 6, 3
"""How many bands a picture is cut into along each axis, and how many where there is no time for more."""

_SHORT = 8  # places of a map, of which the mean is not yet of many
_TINY = 1e-30
_ORDERED = 0.9  # of pairs of rows, whose centres must go on with them
_ALIKE = 0.4  # correlation with bands that each move their own rows; maps that kernels blur all over come to 0.47
_TWICE = 0.2  # rise away from a row's own band, by what its own band stands out; maps come to 0.17 where most of a
# picture moves each of their places, sums with a mirror image to 0.5
_ACROSS = 0.7  # of how far bands of rows tell rows apart, to which they may tell columns apart; maps to which their
# transposed ones are added come to 0.9
_MIRRORED = 0.13  # part of what a mirror image has in a map, beside the map itself; wide kernels come to 0.07
_ROLLED = 0.06  # rise half of the bands away, by what a row's own band stands out; maps come to 0.03, 0.3 of one that
# is rolled by half to 0.08
_NEXT = 0.5  # how much of its neighbours' bands a row sees, beside its own


def banded(like: Tensor, count: int, seed: int) -> Tensor:
    """A picture of noise, and copies of it, each with one band of rows or of columns of another one.

    Args:
        like: one input, 1 x C x H x W.
        count: bands along each axis.
        seed: of the noise.

    Returns:
        (1 + 2 count) x C x H x W: the picture, bands of rows from the top, bands of columns from the left.
    """
    generator = torch.Generator().manual_seed(seed)
    first, other = (torch.randn(1, *like.shape[1:], generator=generator) for _ in range(2))
    pictures = [first]
    for axis in (2, 3):
        length = like.shape[axis]
        for band in range(count):
            start, end = round(band * length / count), round((band + 1) * length / count)
            picture = first.clone()
            picture.narrow(axis, start, end - start).copy_(other.narrow(axis, start, end - start))
            pictures.append(picture)
    return torch.cat(pictures).to(like)


def energies(maps: Tensor, count: int) -> Tensor:
    """How much pictures differ from the first one, unit by unit, in a coarse grid of places.

    What changes alike at all places, as behind attention that looks everywhere, is left out, but in maps of few places.

    Args:
        maps: (1 + M) x units x rows x columns.
        count: rows and columns of the grid, at most.

    Returns:
        M x units x rows x columns of the grid, on the CPU. What is not finite counts as no change.
    """
    maps = maps if maps.is_floating_point() or maps.is_complex() else maps.float()
    change = (maps[1:] - maps[:1]).nan_to_num_(0, 0, 0)
    if change.shape[2] * change.shape[3] > _SHORT:
        change -= change.mean((2, 3), keepdim=True)
    energy = (change.abs() if change.is_complex() else change).float().square_()
    return adaptive_avg_pool2d(energy, (min(count, energy.shape[2]), min(count, energy.shape[3]))).cpu()


@dataclass(frozen=True)
class Pull:
    """How much each band moves rows and columns of a map, all units taken alike.

    Args:
        down: rows x bands of rows.
        across: columns x bands of columns.
        aside: columns x bands of rows, and rows x bands of columns, which in a map all do the same.
    """

    down: Tensor
    across: Tensor
    aside: tuple[Tensor, Tensor]

    @classmethod
    def of(cls, energy: Tensor) -> Pull:
        """The pull of some bands.

        Args:
            energy: of bands of rows, then of columns, as :func:`energies` gives it.
        """
        units = energy.double()
        units = (units / units.mean((0, 2, 3), keepdim=True).clamp(min=_TINY)).mean(1)
        rows, columns = units.tensor_split(2)
        return cls(_shares(rows.mean(2)), _shares(columns.mean(1)), (_shares(rows.mean(1)), _shares(columns.mean(2))))

    def joined(self, other: Pull, weight: float) -> Pull:
        """The mean with what other pictures gave.

        Args:
            other: what they gave.
            weight: of these, against 1.
        """
        aside = tuple(torch.lerp(one, two, weight) for one, two in zip(self.aside, other.aside, strict=True))
        return Pull(
            torch.lerp(self.down, other.down, weight),
            torch.lerp(self.across, other.across, weight),
            (aside[0], aside[1]),
        )

    @functools.cached_property
    def follows(self) -> bool:
        """Whether each row and each column looks at one place of the picture, and these are in its order."""
        return all(
            _ordered(own)
            and _single(own)
            and _mirrored(own) <= _MIRRORED
            and _rolled(own) <= _ROLLED
            and float(_centred(other).norm()) <= _ACROSS * float(_centred(own).norm())
            for own, other in ((self.down, self.aside[0]), (self.across, self.aside[1]))
            if len(own) > 1
        )


def _shares(energy: Tensor) -> Tensor:
    """Places x bands: which part of what moves a place each band has, whatever bands do to all places."""
    share = energy / energy.mean(1, keepdim=True).clamp(min=_TINY)
    return (share / share.sum(0).clamp(min=_TINY)).T


def _centred(shares: Tensor) -> Tensor:
    """Shares beside those of a place's mean and of a band's mean."""
    return shares - shares.mean(0) - shares.mean(1, keepdim=True) + shares.mean()


def _own(places: int, bands: int) -> Tensor:
    """Which part of each place lies in each band, places x bands."""
    place, band = torch.arange(places)[:, None], torch.arange(bands)
    start = torch.maximum(place * bands, band * places)  # in whole numbers, or rounding would be a part
    end = torch.minimum((place + 1) * bands, (band + 1) * places)
    return ((end - start) / bands).clamp(min=0).double()


def _ordered(shares: Tensor) -> bool:
    """Whether the centres of what moves places go on with these, and their shares are like those of a map."""
    places, bands = shares.shape
    centres = shares @ torch.arange(bands, dtype=shares.dtype)
    one, two = torch.triu_indices(places, places, 1)
    wanted, seen = _wanted(places, bands), _centred(shares)
    likeness = float((wanted * seen).sum() / (wanted.norm() * seen.norm()).clamp(min=_TINY))
    return float((centres[two] > centres[one]).double().mean()) >= _ORDERED and likeness >= _ALIKE


def _wanted(places: int, bands: int) -> Tensor:
    """Shares of a map whose places see their own bands, and the next ones a little."""
    distance = (torch.arange(bands)[:, None] - torch.arange(bands)).abs()
    near = (distance == 0).double() + _NEXT * (distance == 1).double()
    return _centred(_own(places, bands) @ near)


def _mirrored(shares: Tensor) -> float:
    """How much of the mirror image is in a map, as a part of the map itself; 1 where both are seen alike.

    All places together are asked for it, so that a faint one is found: units of which most see little of it have no
    place that stands out.
    """
    places, bands = shares.shape
    if bands <= FEWEST or places < FEWEST:  # the middle is its own mirror image, and nothing else would tell
        return 0.0
    wanted, seen = _wanted(places, bands), _centred(shares)
    mirror = wanted.flip(0)
    both = torch.stack([wanted.flatten(), mirror.flatten()], 1)
    own, other = torch.linalg.lstsq(both, seen.flatten()[:, None]).solution.flatten().tolist()
    return float(other / own) if own > 0 else 1.0


def _rolled(shares: Tensor) -> float:
    """How far the bands that lie half of the picture away stand above those before them, by a place's own band.

    All places together are asked for it, as for a mirror image; of a map that was rolled by half and added.
    """
    places, bands = shares.shape
    half = bands // 2
    if places != bands or half < 2:
        return 0.0
    seen, place = _centred(shares), torch.arange(places)
    far = (place + half) % bands
    before = far - (far - place).sign()
    rise = (seen[place, far] - seen[place, before]).mean()
    return float(rise / (seen.diagonal() - seen.amin(1)).mean().clamp(min=_TINY))


def _single(shares: Tensor) -> bool:
    """Whether what moves a place falls off from its own band on, and does not rise again farther away."""
    rises, stands = 0.0, 0.0
    for share, mine in zip(shares, _own(*shares.shape) > 0, strict=True):
        bands = mine.nonzero().flatten().tolist()
        peak = float(share[mine].max())
        away = (share[bands[-1] + 1 :], share[: bands[0]].flip(0))
        stand = peak - float(share.min())
        rises += stand * max(_rise(peak, values.tolist()) for values in away)
        stands += stand**2  # places that look everywhere alike, as in the middle of wide kernels, say little
    return rises <= _TWICE * stands


def _rise(peak: float, values: list[float]) -> float:
    """How far values rise above the lowest one before them, which is no more than the peak."""
    low, highest = peak, 0.0
    for value in values:
        highest, low = max(highest, value - low), min(low, value)
    return highest
