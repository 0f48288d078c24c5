"""Measured receptive fields agree with those that follow from the layers' arithmetic."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from visualize.methods import Preparation, Probe


class _Hidden(nn.Module):
    """The layers given, behind control flow that no symbolic trace gets through."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, inputs: Tensor) -> Tensor:
        if float(inputs.sum()) > float("inf"):
            return inputs
        output: Tensor = self.layers(inputs)
        return output


@pytest.mark.parametrize("size", [(96, 96), (96, 128)])
def test_a_measured_field_is_the_derived_one(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 8, 5, 2, 1), nn.LeakyReLU(), nn.AvgPool2d(3, 2), nn.Conv2d(8, 12, 3, padding=1), nn.ReLU()]
    hidden = Probe(_Hidden(*layers), prepare=Preparation(size=size))
    plain = Probe(nn.Sequential(*layers), prepare=Preparation(size=size))
    assert hidden.runner.trace is None
    for name in ("0", "2", "3"):
        assert hidden.layers[f"layers.{name}"].field is None
        assert hidden.layer(f"layers.{name}").field == plain.layer(name).field


def test_what_sees_everything_is_said_to() -> None:
    torch.manual_seed(0)
    probe = Probe(
        _Hidden(nn.Conv2d(3, 4, 9, padding=4), nn.Conv2d(4, 4, 9, padding=4)), prepare=Preparation(size=(12, 12))
    )
    field = probe.layer("layers.1").field
    assert field is not None
    assert field.window(3, 4, (12, 12)) == (0, 0, 12, 12)


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
@pytest.mark.parametrize("factor", [1.5, 2, 3])
def test_an_enlarged_map_has_less_than_a_pixel_from_place_to_place(factor: float, mode: str) -> None:
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 8, 3, padding=1), nn.Upsample(scale_factor=factor, mode=mode), nn.Conv2d(8, 5, 3, padding=1)]
    field = Probe(_Hidden(*layers), prepare=Preparation(size=(32, 48))).layer("layers.2").field
    assert field is not None
    assert field.stride == pytest.approx((1 / factor, 1 / factor))
    for place in (7, 20, 30):  # its middle, by the definition of resizing
        assert field.centre(place, place) == pytest.approx(((place + 0.5) / factor - 0.5,) * 2, abs=0.6)
