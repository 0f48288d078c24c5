"""Parts of maps that are kept to be thresholded later: the surroundings of every value that may lie above."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

Keys = NDArray[np.unsignedinteger[Any]]
Values = NDArray[Any]

_WORTHWHILE = 6
"""There is not much to drop where more than one in so many kept positions is itself above the bound: it is one in nine
for scattered positions, and more for larger spots."""


@dataclass(frozen=True)
class Numbering:
    """How the activations of one layer are numbered: ((picture * rows + row) * columns + column) * units + unit.

    Args:
        units: how many units the layer has.
        rows: rows of the maps as they are kept, 2 or more (a single row is kept twice, so that cells have four
            corners).
        columns: columns of the maps as they are kept, 2 or more.
    """

    units: int
    rows: int
    columns: int

    @property
    def size(self) -> int:
        """How many activations one picture has."""
        return self.rows * self.columns * self.units


@dataclass(frozen=True)
class Sparse:
    """Parts of maps, in rising order of keys.

    Args:
        keys: the numbers of the activations, as :class:`Numbering` counts them.
        values: the activations, as many.
    """

    keys: Keys
    values: Values

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the keys and values take."""
        return self.keys.nbytes + self.values.nbytes

    def between(self, first: int, last: int, numbering: Numbering) -> Sparse:
        """The part of pictures first <= n < last, which are numbered from 0 again."""
        edges = np.array(
            [first * numbering.size, min(last * numbering.size, np.iinfo(self.keys.dtype).max)], self.keys.dtype
        )
        low, high = np.searchsorted(self.keys, edges)
        return Sparse(self.keys[low:high] - edges[0], self.values[low:high])


def key_type(pictures: int, numbering: Numbering) -> type[np.unsignedinteger[Any]]:
    """The smallest type that holds the keys of ``pictures`` pictures."""
    return np.uint32 if pictures * numbering.size < np.iinfo(np.uint32).max else np.uint64


def kept(maps: Tensor, bounds: Values) -> tuple[Sparse, Keys, Values]:
    """Parts of maps to keep when only values above ``bounds`` can lie above the thresholds.

    A bilinear sample lies above a threshold only if one of the four values around it does: kept is every position that
    is above its unit's bound or touches one that is, corners included.

    Args:
        maps: N x units x rows x columns, 2 rows and columns or more; fastest with the units innermost in memory.
        bounds: one for each unit, of the dtype of the maps.

    Returns:
        The activations kept; then the units and the values of those that lie above the bounds.
    """
    import torch

    from visualize.methods.network import accelerator

    inner = maps.permute(0, 2, 3, 1).contiguous()
    count, rows, columns, units = inner.shape
    if accelerator.is_host(
        inner.device
    ):  # numpy lets other layers work meanwhile, and finds what is true eight at a time
        numbers = inner.numpy()
        hot = numbers > bounds
        places = np.flatnonzero(_spread(hot))
        values, above = numbers.reshape(-1).take(places), hot.reshape(-1).take(places)
    else:
        warm = inner > torch.from_numpy(bounds).to(inner)
        there = _spread(warm).flatten().nonzero().flatten()
        places, values, above = (
            tensor.cpu().numpy() for tensor in (there, inner.view(-1)[there], warm.view(-1)[there])
        )
    keys: Keys = places.astype(key_type(count, Numbering(units, rows, columns)))
    # to take what is at some places is several times as fast as to pick what is true
    places_above = np.flatnonzero(above)
    return Sparse(keys, values), remainders(keys.take(places_above), units), values.take(places_above)


Flags = TypeVar("Flags", "Tensor", NDArray[np.bool_])


def _spread(hot: Flags) -> Flags:
    """True where ``hot`` (N x rows x columns x units) is, or one of the eight positions around is."""
    tall = deepcopy(hot)
    tall[:, 1:] |= hot[:, :-1]
    tall[:, :-1] |= hot[:, 1:]
    wide = deepcopy(tall)
    wide[:, :, 1:] |= tall[:, :, :-1]
    wide[:, :, :-1] |= tall[:, :, 1:]
    return wide


def remainders(keys: Keys, by: int) -> Keys:
    """Remainders ``keys % by``, four times as fast."""
    if by & (by - 1) == 0:
        return keys & keys.dtype.type(by - 1)
    rest: Keys = keys - keys // keys.dtype.type(by) * keys.dtype.type(by)
    return rest


def thinned(sparse: Sparse, numbering: Numbering, bounds: Values, pictures: int) -> Sparse:
    """The part that must still be kept after the bounds have risen.

    Args:
        sparse: parts of maps that were kept with bounds that were nowhere higher.
        numbering: how the activations of the layer are numbered.
        bounds: one for each unit.
        pictures: how many pictures the keys number.
    """
    hot = np.flatnonzero(sparse.values > bounds.take(remainders(sparse.keys, numbering.units)))
    if _WORTHWHILE * len(hot) > len(sparse.keys):
        return sparse
    # positions around, at the borders also some that lie across: what is kept needlessly does no harm
    step, line = numbering.units, numbering.units * numbering.columns
    margin = step + line
    flags = np.zeros(pictures * numbering.size + 2 * margin, np.bool_)
    flags[sparse.keys.take(hot) + np.int64(margin)] = True
    flags = flags[: -2 * step] | flags[step:-step] | flags[2 * step :]
    flags = flags[: -2 * line] | flags[line:-line] | flags[2 * line :]
    good = np.flatnonzero(flags.take(sparse.keys))
    return Sparse(sparse.keys.take(good), sparse.values.take(good))
