"""A network wired by hand, and scenes in which its units are known, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from tests.kit.labelled import Held
from visualize.methods.dissection.method import Dissection
from visualize.methods.dissection.result import DissectionResult
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.labelled import Concept
from visualize.methods.unit import Unit

if TYPE_CHECKING:
    from numpy.typing import NDArray


SIZE = (40, 56)
_RED, _GREEN = Concept(1, "red", "color"), Concept(2, "green", "color")
_DISC, _SQUARE = Concept(3, "disc", "shape"), Concept(4, "square", "shape")
_RADIUS = 4


def disc() -> NDArray[np.bool_]:
    """The pixels of a disc, in a square with a margin around it."""
    at = np.arange(-_RADIUS - 2, _RADIUS + 3)
    return at[:, None] ** 2 + at**2 <= _RADIUS**2


class _Wired(nn.Module):
    """Units: redness, disc, red or green, never on, always on."""

    def __init__(self) -> None:
        super().__init__()
        self.wired = nn.Conv2d(3, 5, 13, padding=6)
        inside = torch.from_numpy(disc()).float()
        weight = torch.zeros(5, 3, 13, 13)
        weight[0, :, 6, 6] = torch.tensor([1.0, -1.0, -1.0])
        weight[1, 2] = 2 * inside - 1  # blue inside a disc, none around it
        weight[2, :, 6, 6] = torch.tensor([1.0, 1.0, -2.0])
        with torch.no_grad():
            self.wired.weight.copy_(weight)
            self.wired.bias.copy_(torch.tensor([0.0, 0.0, 0.0, -1.0, 1.0]))  # type: ignore[union-attr]

    def forward(self, x: Tensor) -> Tensor:
        maps: Tensor = torch.relu(self.wired(x))
        return maps


def _scene(number: int) -> tuple[NDArray[np.uint8], dict[str, list[NDArray[np.int64]]]]:
    """Black, with a red patch, a larger green patch, a blue disc and a blue square."""
    picture, color, shape = np.zeros((*SIZE, 3), np.uint8), np.zeros(SIZE, int), np.zeros(SIZE, int)
    left = 2 + 3 * (number % 5)
    for concept, top, tall, wide, channel in ((_RED, 2, 3, 4, 0), (_GREEN, 8, 4, 6, 1)):
        picture[top : top + tall, left : left + wide, channel] = 255
        color[top : top + tall, left : left + wide] = concept.number
    row, column = 20, 8 + number % 7
    blue = np.zeros(SIZE, np.bool_)
    blue[row - 6 : row + 7, column - 6 : column + 7] = disc()
    square = np.zeros(SIZE, np.bool_)
    square[16:25, 40:49] = True
    for concept, where in ((_DISC, blue), (_SQUARE, square)):
        picture[where, 2] = 255
        shape[where] = concept.number
    return picture, {"color": [color], "shape": [shape]}


def results(quantile: float, scenes: int = 12) -> list[DissectionResult]:
    """The dissection of all five units over some scenes."""
    drawn = [_scene(number) for number in range(scenes)]
    held = Held(
        [picture for picture, _ in drawn], [labels for _, labels in drawn], (_RED, _GREEN, _DISC, _SQUARE), SIZE
    )
    probe = Probe(_Wired(), prepare=Preparation(SIZE))
    dissection = Dissection(quantile=quantile, rectifier="after")
    dissected = dissection(probe, [Unit("wired", unit) for unit in range(5)], held)
    return [result for result in dissected if isinstance(result, DissectionResult)]
