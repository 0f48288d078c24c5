"""Sanity checks on a real network, and of results that are there already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.kit.networks import SIZE, Classifier, seeded
from tests.kit.pictures import arrays
from tests.kit.shared import shared
from visualize.methods.ascent.method import GradientAscent
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.sanity.checks import RANDOM, explainers
from visualize.methods.sanity.method import Sanity
from visualize.methods.sanity.result import SanityResult
from visualize.methods.top_images.method import TopImages
from visualize.methods.unit import Unit
from visualize.models.loading import load

if TYPE_CHECKING:
    from visualize.methods.provenance import Json


def _mean(values: Json) -> float:
    assert isinstance(values, list)
    return float(np.mean([value for value in values if value is not None]))


def test_guided_backpropagation_fails_on_a_real_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its maps outlive the weights of the layers above the first ones; the gradient's do not."""
    monkeypatch.setenv("VIZ_MIRROR", str(shared("weights")))
    folder = shared("data/camvid-broden/images/val")
    files = sorted(folder.glob("*.jpg"))[:60:6]
    held = [np.asarray(Image.open(file).convert("RGB")) for file in files]
    probe = load("imagenet-squeezenet")
    few = {name: kind for name, kind in explainers(0, 8).items() if name in {"gradient", "guided", "deconv"}}
    monkeypatch.setattr("visualize.methods.sanity.checks.explainers", lambda *_: few)
    results = Sanity(count=2, cascade=3, steps=0)(probe, Unit("features.9", 11), Stack(held))
    maps = results[0].facts()["maps"]
    assert isinstance(maps, dict)
    gradient, guided, deconv = (maps[name] for name in ("gradient", "guided", "deconv"))
    assert abs(gradient["correlations"][0]) < 0.3
    assert guided["correlations"][0] > 0.6
    assert guided["correlations"][0] > deconv["correlations"][0] - 0.3
    assert _mean(guided["correlations"]) > _mean(gradient["correlations"]) + 0.3
    assert any("maps of guided hardly change" in note for note in results[0].notes)
    assert not any("maps of gradient" in note for note in results[0].notes)
    for facts in (gradient, guided):  # and yet both say where the unit looks
        assert facts["deletion"] < maps[RANDOM]["deletion"]


def test_results_that_were_drawn_already_can_be_checked() -> None:
    probe, unit = Probe(seeded(Classifier()), prepare=Preparation(SIZE)), Unit("deep", 1)
    tops = TopImages(count=3)(probe, unit, Stack(arrays(5, SIZE)))
    dreams = GradientAscent(steps=3)(probe, unit)
    (result,) = Sanity().check(probe, tops, dreams)
    (whole,) = Sanity(steps=3)(probe, unit, Stack(arrays(5, SIZE)))
    assert isinstance(whole, SanityResult)
    assert result.dreamed == pytest.approx(whole.dreamed)
    assert result.checks == whole.checks
    (without,) = Sanity().check(probe, tops)
    assert without.dreamed is None
    assert without.panels()


@pytest.mark.parametrize("wrong", [{"count": 0}, {"cascade": 0}, {"levels": 0}, {"batch": 0}, {"steps": -1}])
def test_impossible_settings_are_named(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        Sanity(**wrong)
