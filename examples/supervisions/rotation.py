"""Rotation: which of four ways is up (Gidaris et al. 2018, arXiv:1803.07728)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from supervisions.task import SIDE, Choice, cut_out, layers, levels, mirrored, pooled, whole
from supervisions.trunk import UNITS, prepared

if TYPE_CHECKING:
    from torch import Tensor, nn

TURNS = 4
SIZE = 96
"""Height and width of what is turned, pixels."""


class Rotation(Choice):
    """Each picture turned by 0, 90, 180 and 270 degrees: by how much?

    Turns by right angles move pixels and change none, so there is no trace of resampling to go by; and what is turned
    is a square cut from anywhere, so that the middle of the picture, where the horizon lies, is no help.
    """

    question = "by how many quarter turns a picture is turned"
    answers = TURNS

    @staticmethod
    def new_head() -> nn.Module:
        """The pooled map to the four turns."""
        return layers([UNITS * SIDE**2, 128, TURNS])

    def questions(self, pictures: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """All four turns of each picture, and the number of quarter turns, anticlockwise."""
        room = whole(0, pictures.shape[2] - SIZE, (len(pictures), 1, 2), generator)
        pictures = cut_out(mirrored(pictures, generator), room, SIZE)[:, 0]
        turned = torch.cat([pictures.rot90(turns, (2, 3)) for turns in range(TURNS)])
        answers = torch.arange(TURNS).repeat_interleave(len(pictures))
        return prepared(turned, levels(len(turned), generator)), answers

    def forward(self, asked: Tensor) -> Tensor:
        """N x 3 x 96 x 96 to N x 4."""
        answers: Tensor = self.head(pooled(self.trunk(asked)))
        return answers
