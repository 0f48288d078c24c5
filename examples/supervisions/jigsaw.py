"""Jigsaw puzzles: in which order do nine tiles lie (Noroozi and Favaro 2016, arXiv:1603.09246)."""

from __future__ import annotations

from functools import cache
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from supervisions.task import SIDE, Choice, cut_out, layers, levelled, mirrored, whole
from supervisions.trunk import UNITS, prepared

if TYPE_CHECKING:
    from torch import Tensor

TILES, TILE, CELL, ORDERS = 9, 32, 42, 64
_CONTRAST = 0.6  # of a tile, at least; 1.4 at most
_GREY = 0.3  # of the puzzles, as in the paper
_SHIFT = 1  # pixels by which a channel lies beside the others, at most


@cache
def far_orders(count: int, tiles: int = TILES) -> Tensor:
    """Orders of tiles that differ in as many places as can be, so that no puzzle has two right answers.

    The first is the order itself; the next is always the one whose nearest neighbour among those taken is farthest
    (Hamming distance), of several the one that is farthest from all of them together, then the first in the order of
    the dictionary.

    Args:
        count: how many.
        tiles: how many tiles an order has.

    Returns:
        count x tiles, the tile at each place.
    """
    every = np.array(list(permutations(range(tiles))), np.int8)
    nearest = np.full(len(every), tiles + 1, np.int64)
    together = np.zeros(len(every), np.int64)
    taken = [0]
    while len(taken) < count:
        distance = (every != every[taken[-1]]).sum(1)
        nearest = np.minimum(nearest, distance)
        together += distance
        taken.append(int(np.argmax(nearest * (tiles * count + 1) + together)))
    return torch.from_numpy(every[taken].astype(np.int64))


class Jigsaw(Choice):
    """Nine tiles of a picture in one of 64 orders: in which?

    Shortcuts are dealt with as in the paper: a tile lies anywhere in its cell, so that edges do not go on from tile to
    tile; 30 % of the puzzles are grey, and the channels of the others are shifted by a pixel. Brightness and contrast
    are no help either: the mean of each tile is taken out, and its contrast changed at random. The paper divides by the
    standard deviation in place of that, which makes the noise of a clear sky as strong as a house: trained so, conv5
    had 9 detectors, hardly more than with random weights.
    """

    question = "in which of 64 orders nine tiles lie"
    answers = ORDERS
    head: nn.ModuleDict

    def __init__(self, trunk: nn.Module) -> None:
        super().__init__(trunk)
        self.orders = far_orders(ORDERS)

    @staticmethod
    def new_head() -> nn.Module:
        """Each tile to 64 numbers, and those of all tiles to the orders."""
        return nn.ModuleDict({"tile": layers([UNITS * SIDE**2, 64]), "order": layers([64 * TILES, 128, ORDERS])})

    def questions(self, pictures: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """N x 9 x 3 x 32 x 32, the tiles as they lie, and the number of their order."""
        count = len(pictures)
        values = _in_channels(prepared(mirrored(pictures, generator)), generator)
        cells = CELL * torch.cartesian_prod(torch.arange(3), torch.arange(3))
        places = cells + whole(0, CELL - TILE, (count, TILES, 2), generator)
        tiles = levelled(cut_out(values, places, TILE).flatten(0, 1)).view(count, TILES, 3, TILE, TILE)
        tiles = tiles * (_CONTRAST + 2 * (1 - _CONTRAST) * torch.rand(count, TILES, 1, 1, 1, generator=generator))
        answers = whole(0, ORDERS - 1, (count,), generator)
        return tiles[torch.arange(count)[:, None], self.orders[answers]], answers

    def forward(self, asked: Tensor) -> Tensor:
        """N x 9 x 3 x 32 x 32 to N x 64."""
        tiles = asked.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        each = self.head["tile"](self.trunk(tiles).flatten(1)).relu()
        orders: Tensor = self.head["order"](each.view(len(asked), -1))
        return orders


def _in_channels(values: Tensor, generator: torch.Generator) -> Tensor:
    """Some pictures grey, the channels of the others shifted against each other."""
    shifts = whole(-_SHIFT, _SHIFT, (3, 2), generator).tolist()
    moved = torch.stack([values[:, channel].roll(shifts[channel], (1, 2)) for channel in range(3)], 1)
    grey = torch.rand(len(values), 1, 1, 1, generator=generator) < _GREY
    return torch.where(grey, values.mean(1, keepdim=True), moved)
