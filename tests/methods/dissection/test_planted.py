"""Networks wired by hand, whose units are known, get the right names and the IoU that follows by arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from methods.dissection.method import Dissection
from methods.dissection.result import DissectionResult
from methods.network.preprocessing import Preparation
from methods.network.probe import Probe
from methods.pictures.labelled import Concept
from methods.unit import Unit
from tests.kit.labelled import Held

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIZE = (40, 56)
_RED, _GREEN = Concept(1, "red", "color"), Concept(2, "green", "color")
_DISC, _SQUARE = Concept(3, "disc", "shape"), Concept(4, "square", "shape")
_RADIUS = 4


def _disc() -> NDArray[np.bool_]:
    at = np.arange(-_RADIUS - 2, _RADIUS + 3)
    return at[:, None] ** 2 + at**2 <= _RADIUS**2


class _Wired(nn.Module):
    """Units: redness, disc, red or green, never on, always on."""

    def __init__(self) -> None:
        super().__init__()
        self.wired = nn.Conv2d(3, 5, 13, padding=6)
        inside = torch.from_numpy(_disc()).float()
        weight = torch.zeros(5, 3, 13, 13)
        weight[0, :, 6, 6] = torch.tensor([1.0, -1.0, -1.0])
        weight[1, 2] = 2 * inside - 1  # blue inside a disc, none around it
        weight[2, :, 6, 6] = torch.tensor([1.0, 1.0, -2.0])
        with torch.no_grad():
            self.wired.weight.copy_(weight)
            self.wired.bias.copy_(torch.tensor([0.0, 0.0, 0.0, -1.0, 1.0]))  # type: ignore[union-attr]

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = torch.relu(self.wired(x))
        return found


def _scene(number: int) -> tuple[NDArray[np.uint8], dict[str, list[NDArray[np.int64]]]]:
    """Black, with a red patch, a larger green patch, a blue disc and a blue square."""
    picture, color, shape = np.zeros((*_SIZE, 3), np.uint8), np.zeros(_SIZE, int), np.zeros(_SIZE, int)
    left = 2 + 3 * (number % 5)
    for concept, top, tall, wide, channel in ((_RED, 2, 3, 4, 0), (_GREEN, 8, 4, 6, 1)):
        picture[top : top + tall, left : left + wide, channel] = 255
        color[top : top + tall, left : left + wide] = concept.number
    row, column = 20, 8 + number % 7
    disc = np.zeros(_SIZE, np.bool_)
    disc[row - 6 : row + 7, column - 6 : column + 7] = _disc()
    square = np.zeros(_SIZE, np.bool_)
    square[16:25, 40:49] = True
    for concept, where in ((_DISC, disc), (_SQUARE, square)):
        picture[where, 2] = 255
        shape[where] = concept.number
    return picture, {"color": [color], "shape": [shape]}


def _results(quantile: float, scenes: int = 12) -> list[DissectionResult]:
    made = [_scene(number) for number in range(scenes)]
    held = Held([picture for picture, _ in made], [labels for _, labels in made], (_RED, _GREEN, _DISC, _SQUARE), _SIZE)
    probe = Probe(_Wired(), prepare=Preparation(_SIZE))
    found = Dissection(quantile=quantile, rectifier="after")(probe, [Unit("wired", unit) for unit in range(5)], held)
    return [one for one in found if isinstance(one, DissectionResult)]


def test_colours() -> None:
    """Red covers 12 pixels of each scene and green 24: a threshold that lets 36 through takes both whole."""
    pixels = _SIZE[0] * _SIZE[1]
    red, _, both, _, _ = _results(quantile=np.nextafter(36 / pixels, 1))
    assert (red.label, red.category, red.score) == ("red", "color", 1.0)
    assert both.label == "green"
    assert both.score == pytest.approx(24 / 36)
    iou = dict(zip((concept.name for concept in both.concepts), both.iou, strict=True))
    assert iou == {"red": pytest.approx(12 / 36), "green": pytest.approx(24 / 36), "disc": 0, "square": 0}
    assert red.detector
    assert red.threshold == 0
    np.testing.assert_array_equal(red.masks[0], red.concept_mask(0))


def test_a_disc_detector_is_on_in_the_middle_of_discs() -> None:
    """One position of each scene: the best match, the disc's centre."""
    disc = _results(quantile=np.nextafter(1 / (_SIZE[0] * _SIZE[1]), 1))[1]
    assert (disc.label, disc.category) == ("disc", "shape")
    assert disc.score == pytest.approx(1 / _disc().sum())
    assert disc.intersection.tolist() == [0, 0, 12, 0]


def test_units_that_never_or_always_fire_have_no_name() -> None:
    """No activation lies above a threshold that all of them equal."""
    for unit, threshold in ((3, 0.0), (4, 1.0)):
        found = _results(quantile=0.005)[unit]
        assert (found.label, found.category, found.score, found.detector) == ("", "", 0.0, False)
        assert found.threshold == threshold
        assert found.activation.tolist() == [0, 0]
        assert "so its mask is empty" in found.notes[0]
