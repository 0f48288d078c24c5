"""Context: where does one patch lie, seen from another (Doersch et al. 2015, arXiv:1505.05192)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from supervisions.rendering import SIZE
from supervisions.task import SIDE, Choice, cut_out, layers, levelled, mirrored, whole
from supervisions.trunk import UNITS, prepared, without_green_magenta

if TYPE_CHECKING:
    from torch import Tensor

PATCH, GAP, JITTER = 32, 12, 3
BLOCK = ((0, 0), (0, 1), (1, 0), (1, 1))
"""Rows and columns of the four patches that are cut from a picture."""

PAIRS = ((3, 0), (2, 0), (2, 1), (1, 0), (2, 3), (1, 2), (1, 3), (0, 3))
"""Pairs of patches of a block; the second lies up left, up, up right, left, right, down left, down, down right."""


class Context(Choice):
    """Two patches that lie next to each other: at which of eight places is the second?

    Four patches (2 x 2) are cut from anywhere in a picture, and every place is asked for once. Shortcuts are dealt with
    as in the paper: a gap of a third of a patch and jitter keep lines from going on from patch to patch, the mean of
    each is taken out, and the axis from green to magenta is taken out of the colours.
    """

    question = "at which of eight places around a patch another lies"
    answers = len(PAIRS)
    colours = without_green_magenta()
    head: nn.ModuleDict

    @staticmethod
    def new_head() -> nn.Module:
        """Each patch to 96 numbers, and those of a pair to the places."""
        return nn.ModuleDict({"patch": layers([UNITS * SIDE**2, 96]), "place": layers([192, 128, len(PAIRS)])})

    def questions(self, pictures: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """N x 4 x 3 x 32 x 32, the patches; the places of all pairs of the first picture, of the second ..."""
        count = len(pictures)
        room = SIZE - 2 * PATCH - GAP - 2 * JITTER
        corners = JITTER + whole(0, room, (count, 1, 2), generator) + torch.tensor(BLOCK) * (PATCH + GAP)
        places = corners + whole(-JITTER, JITTER, (count, len(BLOCK), 2), generator)
        cut = cut_out(prepared(mirrored(pictures, generator)), places, PATCH)
        patches = levelled(cut.flatten(0, 1)).view(count, len(BLOCK), 3, PATCH, PATCH)
        return patches, torch.arange(len(PAIRS)).repeat(count)

    def forward(self, asked: Tensor) -> Tensor:
        """N x 4 x 3 x 32 x 32 to 8 N x 8."""
        patches = asked.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        each = self.head["patch"](self.trunk(patches).flatten(1)).relu().view(len(asked), len(BLOCK), -1)
        first, second = torch.tensor(PAIRS).unbind(1)
        answers: Tensor = self.head["place"](torch.cat([each[:, first], each[:, second]], 2).flatten(0, 1))
        return answers
