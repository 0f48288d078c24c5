"""DeepDream of units, layers, sums and noise, and the settings that it refuses."""

from __future__ import annotations

import math
from typing import Any, Literal

import pytest
import torch
from torch import nn

from tests.kit.networks import SIZE, seeded
from tests.kit.pictures import arrays
from tests.methods.dream.dreams import classifier, dream, smooth
from visualize.methods.dream.method import DeepDream
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.unit import Sum, Unit


@pytest.mark.parametrize("of", ["unit", "layer"])
def test_a_dream_excites_what_it_is_of(of: Literal["unit", "layer"]) -> None:
    layers = nn.Sequential(nn.Conv2d(3, 8, 5, padding=2), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1))
    probe = Probe(seeded(layers), prepare=Preparation((80, 96)))
    images = Stack([smooth((80, 96), seed) for seed in (0, 1)])
    result = dream(DeepDream(of=of, steps=20), probe, Unit("2", 1), images)
    assert all(after > before + 0.05 for before, after in zip(result.before, result.after, strict=True))
    with torch.no_grad():
        maps = probe.activations(torch.stack(result.pictures), ["2"])["2"]
    measured = maps[:, 1].mean((1, 2)) if of == "unit" else maps.square().mean((1, 2, 3)).sqrt()
    assert result.after == pytest.approx(measured.tolist(), rel=1e-4)
    assert result.of == ("2:1" if of == "unit" else "2")
    captions = [panel.caption for panel in result.panels()]
    assert len(captions) == 4
    assert captions[0].startswith("photograph: ")
    assert captions[1].startswith("dream: ")
    assert [panel.of for panel in result.aligned()] == ["pictures/0", "pictures/1"]


def test_a_sum_does_not_depend_on_its_order() -> None:
    probe, images = classifier(), Stack(arrays(1, SIZE))
    result = dream(DeepDream(), probe, Sum((Unit("deep", 1), Unit("conv", 3))), images)
    other = dream(DeepDream(), probe, Sum((Unit("conv", 3), Unit("deep", 1))), images)
    torch.testing.assert_close(result.pictures[0], other.pictures[0], rtol=0, atol=1e-6)
    assert result.after == pytest.approx(other.after)


def test_noise_needs_no_images() -> None:
    probe = classifier()
    single = dream(DeepDream(start="noise", count=1), probe, Unit("deep", 1))
    assert (single.shows or "").startswith("Noise, changed")
    several = dream(DeepDream(start="noise", count=3), probe, Unit("deep", 1), Stack(arrays(2, SIZE)))
    assert single.files == ()
    assert len(several.pictures) == 3
    torch.testing.assert_close(single.pictures[0], several.pictures[0], rtol=0, atol=1e-6)
    assert not torch.equal(several.pictures[0], several.pictures[1])
    assert len(single.panels()) == 1
    assert "noise" in single.panels()[0].caption
    with pytest.raises(InputError, match="pass a probe set"):
        DeepDream()(probe, Unit("deep", 1))


@pytest.mark.parametrize(
    "wrong",
    [
        {"count": 0}, {"steps": 0}, {"octaves": 0}, {"batch": 0}, {"scale": 1.0}, {"scale": math.nan},
        {"rate": 0.0}, {"rate": math.nan}, {"rate": math.inf}, {"jitter": -1},
        {"tile": 64}, {"frames": 1}, {"frames": -1}, {"size": "large"}, {"size": (0, 9)}, {"of": "net"},
        {"start": "sleep"},
    ],
)  # fmt: skip
def test_impossible_settings_are_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"^{next(iter(wrong))} "):
        DeepDream(**wrong)


def test_noise_has_no_size_of_its_own() -> None:
    with pytest.raises(InputError, match=r"^noise has no size of its own"):
        DeepDream(start="noise", size="own")
