"""Momentum contrast: which of many pictures is this another look at (MoCo; He et al. 2020, arXiv:1911.05722)."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from supervisions.task import SIDE, Batch, Pretext, layers, pooled
from supervisions.trunk import UNITS, prepared

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTH, TEMPERATURE, MOMENTUM, QUEUE = 64, 0.2, 0.99, 2048
SIZE = 96
"""Height and width of a view, pixels."""

_SMALLEST = 0.55  # side of a crop, of the picture's
_GREY = 0.2  # of the views


def info_nce(queries: Tensor, keys: Tensor, queue: Tensor) -> Tensor:
    """InfoNCE: cross entropy of each query with its own key against the keys of a queue (equation 1 of the paper).

    Args:
        queries: N x D, of length 1.
        keys: N x D, of length 1: each query's own.
        queue: K x D, those of other pictures.
    """
    own = (queries * keys).sum(1, keepdim=True)
    logits = torch.cat([own, queries @ queue.T], 1) / TEMPERATURE
    return functional.cross_entropy(logits, torch.zeros(len(queries), dtype=torch.long))


class Contrast(Pretext):
    """Two views of each picture: crops, mirrored, with other colours. Whose are they?

    A slowly following copy of the network encodes the keys, and a queue keeps those of the last batches. The copy's
    batch norms use their running averages, so that a batch cannot be told by its own statistics; the paper shuffles
    batches between devices for that. An answer is right where a view of a picture is nearest to the other view of the
    same picture among those of up to 100 pictures.
    """

    question = "which of 100 pictures a view shows, from another view of it"

    def __init__(self, trunk: nn.Module) -> None:
        super().__init__(trunk)
        self.follower = deepcopy(nn.ModuleList([self.trunk, self.head])).requires_grad_(requires_grad=False).eval()
        self.queue = functional.normalize(torch.randn(QUEUE, LENGTH, generator=torch.Generator().manual_seed(0)))

    @staticmethod
    def new_head() -> nn.Module:
        """The pooled map to a code, by two layers (Chen et al. 2020, arXiv:2003.04297)."""
        return layers([UNITS * SIDE**2, 160, LENGTH])

    def forward(self, asked: Tensor) -> Tensor:
        """N x 3 x 96 x 96 to N x 64, of length 1."""
        return _encoded(self.trunk, self.head, asked)

    def questions(self, pictures: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Two views of each picture."""
        return view(pictures, generator), view(pictures, generator)

    def loss(self, scenes: Batch, generator: torch.Generator) -> Tensor:
        """InfoNCE with the keys of earlier batches; the keys of this one then join them."""
        asked, others = self.questions(scenes.pictures, generator)
        with torch.no_grad():
            self.follower.eval()
            keys = _encoded(self.follower[0], self.follower[1], others)
        loss = info_nce(self(asked), keys, self.queue)
        self.queue = torch.cat([self.queue[len(keys) :], keys])
        return loss

    @torch.no_grad()
    def after_step(self) -> None:
        """Let the copy follow: 1 % of the way."""
        for mine, its in zip(self._learned(), _state(self.follower), strict=True):
            if mine.is_floating_point():
                its.lerp_(mine, 1 - MOMENTUM)

    def _learned(self) -> Iterator[Tensor]:
        yield from _state(nn.ModuleList([self.trunk, self.head]))

    def right(self, scenes: Batch, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """The share of views that are nearest to the other view of the same picture; chance is one in all pictures."""
        queries, keys = (self(views) for views in self.questions(scenes.pictures, generator))
        nearest = (queries @ keys.T).argmax(1)
        return (nearest == torch.arange(len(scenes))).float().mean(), torch.tensor(1 / len(scenes))


def view(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """A crop of each picture, perhaps mirrored, in other colours, perhaps grey: N x 3 x 96 x 96, prepared."""
    count = len(pictures)
    side = _between(_SMALLEST, 1, (count,), generator)
    middle = (1 - side) * _between(-1, 1, (2, count), generator)
    flip = torch.where(torch.rand(count, generator=generator) < 0.5, -side, side)
    none = torch.zeros(count)
    frames = torch.stack([torch.stack([flip, none, middle[0]], 1), torch.stack([none, side, middle[1]], 1)], 1)
    grid = functional.affine_grid(frames, [count, 3, SIZE, SIZE], align_corners=False)
    values = pictures.contiguous(memory_format=torch.channels_last).float()
    values = functional.grid_sample(values, grid, padding_mode="reflection", align_corners=False)
    return prepared(_recoloured(values, generator))


def _recoloured(values: Tensor, generator: torch.Generator) -> Tensor:
    """Brightness, contrast, saturation and the balance of the channels changed; some are grey. 0..255."""
    count = len(values)
    values = (
        values * _between(0.6, 1.4, (count, 1, 1, 1), generator) * _between(0.85, 1.15, (count, 3, 1, 1), generator)
    )
    mean = values.mean((1, 2, 3), keepdim=True)
    values = mean + (values - mean) * _between(0.6, 1.4, (count, 1, 1, 1), generator)
    grey = values.mean(1, keepdim=True)
    saturation = _between(0.5, 1.5, (count, 1, 1, 1), generator)
    saturation = saturation * (torch.rand(count, 1, 1, 1, generator=generator) >= _GREY)
    return (grey + (values - grey) * saturation).clamp(0, 255)


def _between(low: float, high: float, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(shape, generator=generator)


def _encoded(trunk: nn.Module, head: nn.Module, views: Tensor) -> Tensor:
    return functional.normalize(head(pooled(trunk(views))))


def _state(modules: nn.Module) -> Iterator[Tensor]:
    yield from modules.state_dict().values()
