"""Inversions of many pictures: their errors, and what is said where there is nothing to come near to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

import pytest
import torch
from torch import Tensor, nn

from tests.kit.networks import SIZE, Classifier, dead_unit, seeded
from tests.kit.pictures import arrays
from tests.methods.inversion.inversions import SMALL, invert, linear, mixing
from visualize.methods.errors import InputError
from visualize.methods.inversion.method import Inversion
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.unit import Unit

if TYPE_CHECKING:
    from visualize.methods.inversion.result import InversionResult


def test_the_reported_error_is_that_of_the_picture_that_is_shown() -> None:
    network = seeded(Classifier())
    probe = Probe(network, prepare=Preparation(SIZE))
    picture = arrays(1, SIZE)[0]
    result = invert(Inversion(steps=30), probe, Unit("deep", 0), Stack([picture]))
    with torch.no_grad():
        wanted = network.eval()
        code = _deep(wanted, torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].double() / 255)
        features = _deep(wanted, result.pictures.double())
    assert result.errors[0] == pytest.approx(float((features - code).norm() / code.norm()), rel=1e-4)
    assert result.curve.shape == (1, 30)


def _deep(network: nn.Module, x: Tensor) -> Tensor:
    double = seeded(Classifier()).double().eval()
    return cast("Tensor", double.deep(double.relu(double.norm(double.conv(x)))))


def test_nothing_to_invert_is_said() -> None:
    probe = Probe(dead_unit(), prepare=Preparation((8, 8)))
    result = invert(Inversion(steps=4, of="unit"), probe, Unit("relu", 2), Stack(arrays(2, (8, 8))))
    assert "zero for 2 of the 2 inversions" in result.notes[0]
    assert all(math.isnan(error) for error in result.errors)
    facts = cast("list[dict[str, Any]]", result.facts()["inversions"])
    assert [fact["error"] for fact in facts] == [None, None]
    assert "see the note" in result.panels()[1].caption
    assert result._repr_png_().startswith(b"\x89PNG")


def test_a_layer_without_a_way_back_is_said() -> None:
    class Cut(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 2, 3)

        def forward(self, x: Tensor) -> Tensor:
            return cast("Tensor", self.conv(x.detach()))

    probe = Probe(seeded(Cut()), prepare=Preparation((8, 8)))
    result = invert(Inversion(steps=3), probe, Unit("conv", 0), Stack(arrays(1, (8, 8))))
    assert "no gradient leads" in result.notes[0]
    assert math.isfinite(result.errors[0])


def test_divergence_is_said() -> None:
    method = Inversion(steps=60, optimiser="paper", rate=50.0)
    result = invert(method, linear(), Unit("0", 0), Stack(arrays(1, SMALL)))
    assert "diverged" in result.notes[0]
    assert bool((result.pictures == 0.5).all())
    assert result._repr_png_().startswith(b"\x89PNG")


def test_activations_that_are_not_finite_are_the_users_error() -> None:
    conv = mixing()
    with torch.no_grad():
        conv.weight[1] = torch.inf
    probe = Probe(nn.Sequential(conv), prepare=Preparation(SMALL))
    with pytest.raises(InputError, match="not finite for pictures/0"):
        Inversion(steps=2)(probe, Unit("0", 0), Stack(arrays(1, SMALL)))


def test_a_picture_is_inverted_once_for_all_units_of_a_layer() -> None:
    probe = Probe(seeded(Classifier()), prepare=Preparation(SIZE))
    method = Inversion(steps=2)
    several = method(probe, probe.units("deep"), Stack(arrays(2, SIZE)))
    first, last = (cast("InversionResult", several[place]) for place in (0, -1))
    assert torch.equal(first.pictures, last.pictures)
    steps: list[int] = []
    images = Stack(arrays(2, SIZE))
    method(probe, probe.units("deep"), images, progress=lambda done, _: steps.append(done))
    assert len(steps) <= 2 * method.steps  # not eight units' worth of steps
