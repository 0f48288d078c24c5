"""Saliency: what its kinds share, and what is said of them."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from tests.kit.networks import seeded
from tests.kit.pictures import arrays, pictures
from tests.methods.attribution.pooled import PREPARE, SIZE, UNIT, pooled, shown_pictures
from visualize.figures import sections
from visualize.methods.attribution.deconvolution import Deconvolution
from visualize.methods.attribution.guided_backprop import GuidedBackpropagation
from visualize.methods.attribution.saliency import Saliency
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.unit import Unit


def test_gradient_x_input_is_the_gradient_times_the_prepared_input() -> None:
    probe, shown = pooled(), shown_pictures()
    wanted = Saliency().attribute(probe, shown, UNIT) * PREPARE(shown)
    torch.testing.assert_close(Saliency(kind="input").attribute(probe, shown, UNIT), wanted)


@pytest.mark.parametrize("kind", ["gradient", "smoothgrad", "input", "integrated"])
def test_the_position_that_is_explained_is_that_of_the_clean_picture(kind: str) -> None:
    probe, shown = pooled(), shown_pictures()
    method = Saliency(kind=kind, samples=3, steps=4)  # type: ignore[arg-type]
    maps = probe.activations(shown, ["block"])["block"][:, 2]
    explained = method.explain(probe, shown, UNIT)
    torch.testing.assert_close(explained.activations, maps.flatten(1).amax(1))
    positions = [divmod(int(number), maps.shape[2]) for number in maps.flatten(1).argmax(1)]
    assert explained.positions.tolist() == [list(position) for position in positions]
    torch.testing.assert_close(method.attribute(probe, shown, UNIT, positions), explained.attribution)
    for place, position in enumerate(positions):
        alone = method.attribute(probe, shown[place : place + 1], Unit("block", 2, position))
        torch.testing.assert_close(alone[0], explained.attribution[place])


@pytest.mark.parametrize(
    "wrong", [{"samples": 0}, {"steps": 0}, {"noise": -1}, {"noise": math.nan}, {"kind": "grad"}, {"baseline": "red"}]
)
def test_settings_that_make_no_sense_are_named(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match=str(next(iter(wrong.values())))):
        Saliency(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["gradient", "smoothgrad", "input", "integrated"])
def test_a_figure_says_which_kind_it_shows(kind: str) -> None:
    names = {"smoothgrad": "SmoothGrad", "input": "Gradient x input", "integrated": "Integrated gradients"}
    (result,) = Saliency(kind=kind, samples=2, steps=2)(pooled(), UNIT, Stack(arrays(1, SIZE)))  # type: ignore[arg-type]
    (section,) = sections([result])
    assert "the brighter, the more" in section.explanation
    assert [name for name in names.values() if name in section.explanation] == [
        names[shown] for shown in [kind] if shown in names
    ]


@pytest.mark.cuda
def test_a_cuda_device_gives_the_cpus_attributions() -> None:
    """In float64: a rectifier that rounding opens on one device alone would change a gradient by far more."""
    layers = [nn.Conv2d(3, 16, 5, stride=2), nn.BatchNorm2d(16), nn.ReLU(inplace=True), nn.MaxPool2d(2),
              nn.Conv2d(16, 32, 3), nn.LeakyReLU(0.3), nn.Conv2d(32, 8, 3), nn.GELU()]  # fmt: skip
    network, shown = seeded(nn.Sequential(*layers)).double(), pictures(4, (64, 80))
    methods = (Saliency(), Saliency(kind="integrated", steps=50), Saliency(kind="smoothgrad"), Deconvolution(),
               GuidedBackpropagation())  # fmt: skip
    unit = Unit("7", 3, (3, 4))
    here = [method.attribute(Probe(network, prepare=Preparation((64, 80))), shown, unit) for method in methods]
    probe = Probe(network.cuda(), prepare=Preparation((64, 80)))
    for method, wanted in zip(methods, here, strict=True):
        given = method.attribute(probe, shown, unit)
        assert given.device.type == "cuda"
        assert (given.cpu() - wanted).abs().max() <= 1e-4 * wanted.abs().max()
    explained = Saliency(kind="integrated").explain(probe, shown, unit)  # where rounding may decide on one step more
    start = probe.activations(torch.zeros_like(shown[:1]), ["7"])["7"][0, 3, 3, 4]
    difference = explained.activations - start
    assert ((explained.attribution.sum((1, 2, 3)) - difference).abs() <= 1.01e-3 * difference.abs()).all()
