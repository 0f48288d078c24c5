"""Promises of gradient ascent about seeds, sizes, precision, progress and settings."""

from __future__ import annotations

import math

import pytest
import torch

from tests.kit.networks import SIZE, Classifier, dead_unit, seeded
from tests.methods.ascent.climbs import climb
from visualize.methods.ascent.method import GradientAscent
from visualize.methods.errors import InputError, UnitError
from visualize.methods.network.colours import Colours
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.unit import Unit


@pytest.mark.parametrize(
    "settings", [{}, {"parametrisation": "pixels", "objective": "channel", "count": 2}, {"diversity": 1.0, "count": 2}]
)
def test_the_same_seed_gives_the_same_bits(settings: dict[str, object]) -> None:
    probe = Probe(seeded(Classifier()), prepare=Preparation(SIZE))
    runs = [climb(GradientAscent(steps=6, seed=seed, **settings), probe, Unit("deep", 3))[0] for seed in (5, 5, 6)]  # type: ignore[arg-type]
    assert torch.equal(runs[0].pictures, runs[1].pictures)
    assert torch.equal(runs[0].curve, runs[1].curve)
    assert runs[0].activations == runs[1].activations
    assert not torch.equal(runs[0].pictures, runs[2].pictures)


@pytest.mark.parametrize("size", [(20, 28), (33, 17), (24, 24)])
def test_pictures_have_the_size_asked_for(size: tuple[int, int]) -> None:
    probe = Probe(seeded(Classifier()), prepare=Preparation(SIZE))
    (result,) = climb(GradientAscent(steps=2, size=size), probe, Unit("deep", 0))
    assert result.pictures.shape == (1, 3, *size)
    assert result.panels()[0].picture.shape == (*size, 3)


def test_pictures_are_in_the_colours_that_the_network_knows() -> None:
    root = ((1.0, 0.0, 0.0), (1.0, 0.0, 0.0), (1.0, 0.0, 0.0))  # grey
    known = Probe(seeded(Classifier()), prepare=Preparation(SIZE), colours=Colours((-1.0, -1.0, -1.0), root, 0.25))
    unknown = Probe(known.network, prepare=known.prepare)
    assert known.around(known.network).colours == known.changed(classes=["a"]).colours == known.colours
    (grey,), (plain,) = (climb(GradientAscent(steps=9), probe, Unit("deep", 3)) for probe in (known, unknown))
    logits = torch.logit(grey.pictures)
    torch.testing.assert_close(logits[:, 0], logits[:, 2])
    assert 0.1 < float((logits + 1).square().mean().sqrt()) <= 0.2501 * 3**0.5  # of three values one is in use
    assert float((plain.pictures[:, 0] - plain.pictures[:, 2]).abs().max()) > 0.01
    pixels = [
        climb(GradientAscent(steps=2, parametrisation="pixels"), probe, Unit("deep", 3)) for probe in (known, unknown)
    ]
    assert torch.equal(pixels[0][0].pictures, pixels[1][0].pictures)


def test_a_position_beyond_a_smaller_pictures_map_is_refused() -> None:
    probe = Probe(seeded(Classifier()), prepare=Preparation(SIZE))
    with pytest.raises(UnitError, match="lies outside the map of these pictures"):
        GradientAscent(steps=2, size=(8, 8))(probe, Unit("deep", 0, (8, 8)))


def test_progress_counts_every_step_of_every_unit() -> None:
    probe = Probe(dead_unit(), prepare=Preparation((8, 8)))
    steps: list[tuple[int, int]] = []
    GradientAscent(steps=4, batch=2)(
        probe, probe.units("relu"), progress=lambda done, total: steps.append((done, total))
    )
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert steps[-1] == (12, 12)


def test_half_precision_networks_are_climbed_too() -> None:
    probe = Probe(seeded(Classifier()).bfloat16(), prepare=Preparation(SIZE))
    (result,) = climb(GradientAscent(steps=3), probe, Unit("deep", 0))
    assert result._repr_png_().startswith(b"\x89PNG")
    assert result.arrays()["curve"].shape == (1, 3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"count": 0},
        {"batch": 0},
        {"rate": 0.0},
        {"rate": math.nan},
        {"l2": math.nan},
        {"tv": math.inf},
        {"l2": -1.0},
        {"tv": -1.0},
        {"diversity": -0.1},
        {"parametrisation": "wavelets"},
        {"objective": "sum"},
    ],
)
def test_impossible_settings_are_named(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match=f"^{next(iter(wrong))} is "):
        GradientAscent(**wrong)  # type: ignore[arg-type]
