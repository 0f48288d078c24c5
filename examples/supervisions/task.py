"""A pretext task: questions that pictures answer themselves, and the head that answers them on top of the trunk."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence

    from supervisions.rendering import Told

_TOGETHER = 100  # scenes that are asked about together
SIDE = 3
"""Places along each side of conv5's map that a head sees; the map of a tile of 32 pixels has no more."""


@dataclass(frozen=True)
class Batch:
    """Scenes to learn from.

    Args:
        pictures: N x 3 x 128 x 128, uint8.
        told: N x ..., what goes with each picture; N x 0 where nothing does.
    """

    pictures: Tensor
    told: Tensor

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, chosen: Tensor | slice) -> Batch:
        return Batch(self.pictures[chosen], self.told[chosen])


def untold(pictures: Tensor) -> Batch:
    """Pictures that nothing goes with."""
    return Batch(pictures, torch.zeros(len(pictures), 0))


class Pretext(nn.Module, ABC):
    """A trunk, a head, and the task that both are trained on.

    Args:
        trunk: what is kept after training: N x 3 x H x W to N x 80 x h x w.
    """

    colours: Tensor | None = None
    """What the trunk may see of the colours, as :func:`supervisions.trunk.training_trunk` takes it."""

    question: str
    """The task as a question about a held-out picture, in a few words."""

    listens = False
    """Whether the task needs to be told something of each scene."""

    kept: tuple[str, ...] = ("head.",)
    """Beginnings of the names of weights that answering needs, beside those of the trunk."""

    def __init__(self, trunk: nn.Module) -> None:
        super().__init__()
        self.trunk = trunk
        self.head = self.new_head()

    @staticmethod
    @abstractmethod
    def new_head() -> nn.Module:
        """What answers from conv5's map: layers with new weights, of torch's generator."""

    def questions(self, pictures: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Questions that pictures answer themselves.

        Args:
            pictures: N x 3 x 128 x 128, uint8.
            generator: decides which questions are asked.

        Returns:
            the network's input, and the right answers.
        """
        raise NotImplementedError(f"{type(self).__name__} asks about what it is told")

    @staticmethod
    def told(told: Told) -> Tensor:
        """What the task needs to be told of each scene, beside its picture: nothing."""
        return torch.zeros(len(told.sounds), 0)

    def begin(self, scenes: Batch) -> None:
        """Look at the scenes once before training on them."""

    def loss(self, scenes: Batch, generator: torch.Generator) -> Tensor:
        """How wrong the answers are: a number to go down."""
        asked, answers = self.questions(scenes.pictures, generator)
        return functional.cross_entropy(self(asked), answers)

    def after_step(self) -> None:
        """Follow the weights, which have just changed."""

    @torch.no_grad()
    def score(self, scenes: Batch, generator: torch.Generator) -> tuple[float, float]:
        """How many of the questions about scenes are answered right.

        Returns:
            the share, and that of somebody who does not look at the picture (chance); both in 0..1.
        """
        starts = range(0, len(scenes), _TOGETHER)
        parts = [self.right(scenes[start : start + _TOGETHER], generator) for start in starts]
        right, chance = (torch.stack(column).double().mean().item() for column in zip(*parts, strict=True))
        return right, chance

    @abstractmethod
    def right(self, scenes: Batch, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """The share of right answers to questions about a few scenes, and the share that chance gives."""


class Choice(Pretext):
    """A task whose answer is one of a few, all equally often right.

    Args:
        trunk: see :class:`Pretext`.
    """

    answers: int
    """How many answers there are to choose from."""

    def right(self, scenes: Batch, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """The share of right answers; chance is one in as many as there are."""
        asked, answers = self.questions(scenes.pictures, generator)
        return (self(asked).argmax(1) == answers).float().mean(), torch.tensor(1 / self.answers)


def layers(sizes: Sequence[int]) -> nn.Sequential:
    """Fully connected layers with ReLUs between them."""
    parts: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        parts += [nn.ReLU(), nn.Linear(inputs, outputs)]
    return nn.Sequential(*parts[1:])


def pooled(maps: Tensor) -> Tensor:
    """The largest value of each unit in each of 3 x 3 parts of its map: N x 80 x h x w to N x 720."""
    return functional.adaptive_max_pool2d(maps, SIDE).flatten(1)


def mirrored(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Half of the pictures mirrored, left to right."""
    chosen = torch.rand(len(pictures), generator=generator) < 0.5
    return torch.where(chosen.view(-1, 1, 1, 1), pictures.flip(3), pictures)


def levels(count: int, generator: torch.Generator) -> Tensor:
    """How much lighter or darker each of some pictures becomes: by a fourth at most."""
    return 0.75 + 0.5 * torch.rand(count, 1, 1, 1, generator=generator)


def whole(low: int, high: int, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Whole numbers from low to high, both included."""
    return torch.randint(low, high + 1, shape, generator=generator)


def cut_out(pictures: Tensor, places: Tensor, size: int) -> Tensor:
    """Squares of pictures.

    Args:
        pictures: N x 3 x H x W.
        places: N x K x 2, the top and the left of each square, pixels.
        size: height and width of the squares.

    Returns:
        N x K x 3 x size x size.
    """
    rows = [
        torch.stack([picture[:, top : top + size, left : left + size] for top, left in corners])
        for picture, corners in zip(pictures, places.tolist(), strict=True)
    ]
    return torch.stack(rows)


def levelled(tiles: Tensor) -> Tensor:
    """Tiles without their own brightness, so that nobody can tell neighbours by it: N x 3 x H x W, prepared."""
    return tiles - tiles.mean((1, 2, 3), keepdim=True)
