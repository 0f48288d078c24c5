"""Gradient ascent on units whose best picture is known, and its promises about seeds, batches and sleepers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from methods.ascent.method import GradientAscent
from methods.ascent.objective import likeness
from methods.ascent.transforms import Robustness
from methods.errors import InputError, UnitError
from methods.network.preprocessing import Preparation
from methods.network.probe import Probe
from methods.pictures.images import Stack
from methods.top_images.method import TopImages
from methods.top_images.result import TopResult
from methods.unit import Sum, Target, Unit
from tests.kit.networks import SIZE, Classifier, InPlace, dead_unit, seeded
from tests.kit.pictures import arrays, pictures

if TYPE_CHECKING:
    from methods.ascent.result import AscentResult

_STILL = Robustness(0, 0, (1.0, 1.0), 0.0)


def _climb(method: GradientAscent, probe: Probe, *units: Target) -> list[AscentResult]:
    return [cast("AscentResult", result) for result in method(probe, list(units))]


def _linear(seed: int = 0) -> nn.Conv2d:
    """One convolution over 8 x 8 pixels: its unit is a weighted sum of them."""
    return seeded(nn.Conv2d(3, 4, (8, 8)), seed)


@pytest.mark.parametrize(("parametrisation", "share"), [("fourier", 0.9), ("pixels", 0.99)])
def test_a_linear_unit_comes_near_the_best_picture_there_is(parametrisation: str, share: float) -> None:
    """Over pictures in 0..1 the best one is 1 where a weight is positive and 0 elsewhere.

    The weights are noise, which pixels can write more easily than a spectrum that falls with the frequency.
    """
    conv = _linear()
    probe = Probe(nn.Sequential(conv), prepare=Preparation((8, 8)))
    method = GradientAscent(steps=400, robustness=_STILL, parametrisation=parametrisation, rate=0.3)  # type: ignore[arg-type]
    assert conv.bias is not None
    for unit, result in zip(probe.units("0"), _climb(method, probe, *probe.units("0")), strict=True):
        weights = conv.weight[unit.index].detach()
        grey = weights.sum() / 2 + conv.bias[unit.index].detach()
        best = weights.clamp(min=0).sum() + conv.bias[unit.index].detach()
        assert result.activation > grey + share * (best - grey)
        assert result.activation <= best + 1e-3
        right = (result.pictures[0] > 0.5) == (weights > 0)
        assert (weights.abs() * right).sum() > share * weights.abs().sum()
        torch.testing.assert_close(probe.scores(result.pictures, unit), torch.tensor(result.activations))


def test_the_curve_holds_every_step_and_rises() -> None:
    probe = Probe(nn.Sequential(_linear()), prepare=Preparation((8, 8)))
    (result,) = _climb(GradientAscent(steps=37, count=2, robustness=_STILL), probe, Unit("0", 1))
    assert result.curve.shape == (2, 37)
    assert bool((result.curve[:, 1:] >= result.curve[:, :-1] - 1e-3).all())
    assert result.facts()["steps"] == 37


@pytest.mark.parametrize(("weight", "name"), [(400.0, "l2"), (400.0, "tv")])
def test_regularisers_lower_what_they_weigh(weight: float, name: str) -> None:
    probe = Probe(nn.Sequential(_linear()), prepare=Preparation((8, 8)))

    def weighed(picture: Tensor) -> float:
        """Mean squared distance from grey; mean absolute difference of neighbours."""
        one = picture.double().numpy()
        if name == "l2":
            return float(((one - 0.5) ** 2).mean())
        return float(np.abs(np.diff(one, axis=1)).mean() + np.abs(np.diff(one, axis=2)).mean())

    (free,) = _climb(GradientAscent(steps=80, robustness=_STILL), probe, Unit("0", 0))
    (held,) = _climb(GradientAscent(steps=80, robustness=_STILL, **{name: weight}), probe, Unit("0", 0))  # type: ignore[arg-type]
    assert weighed(held.pictures[0]) < 0.3 * weighed(free.pictures[0])
    assert held.activation < free.activation


@pytest.mark.parametrize("name", ["l2", "tv"])
def test_a_regularisers_gradient_is_that_of_its_formula(name: str) -> None:
    """The first step of Adam goes against the sign of the gradient, for a unit that gives none of its own."""
    conv = nn.Conv2d(3, 1, 6)
    with torch.no_grad():
        conv.weight.fill_(1e-9)
    probe = Probe(nn.Sequential(conv), prepare=Preparation((6, 6)))
    method = GradientAscent(steps=1, robustness=_STILL, parametrisation="pixels", rate=1e-3, **{name: 1e3})  # type: ignore[arg-type]
    (result,) = _climb(method, probe, Unit("0", 0))
    numbers = (torch.randn(1, 3, 6, 6, generator=torch.Generator().manual_seed(0)) * 0.05).double().requires_grad_()
    picture = torch.sigmoid(numbers)
    if name == "l2":
        term = ((picture - 0.5) ** 2).mean()
    else:
        term = picture.diff(dim=2).abs().mean() + picture.diff(dim=3).abs().mean()
    (gradient,) = torch.autograd.grad(term, numbers)
    moved = result.pictures.double() - picture.detach()
    sure = gradient.abs() > 1e-3 * gradient.abs().max()
    assert torch.equal(torch.sign(moved)[sure], -torch.sign(gradient)[sure])


def test_a_unit_that_is_dead_at_the_start_is_woken_and_says_so() -> None:
    probe = Probe(dead_unit(), prepare=Preparation((8, 8)))
    method = GradientAscent(steps=120, robustness=_STILL, rate=0.3)
    awake, asleep, never = _climb(method, probe, *probe.units("relu"))
    assert awake.notes == ()
    assert asleep.curve[0, 0] == pytest.approx(-1, abs=0.2)  # what its rectifier is given: 3 * 0.5 - 2.5
    assert asleep.activation > 0.3  # the best there is: 3 - 2.5
    assert "was off and passed no gradient at the start" in asleep.notes[0]
    assert never.activation == 0
    assert "could not be moved" in never.notes[0]


@pytest.mark.parametrize("rectifier", [nn.ReLU(), nn.ReLU(inplace=True), nn.ReLU6(), nn.Hardtanh(0.0, 5.0)])
def test_every_kind_of_rectifier_is_woken(rectifier: nn.Module) -> None:
    network = dead_unit()
    network.relu = rectifier
    (result,) = _climb(
        GradientAscent(steps=120, robustness=_STILL, rate=0.3),
        Probe(network, prepare=Preparation((8, 8))),
        Unit("relu", 1),
    )
    assert result.activation > 0.3


def test_the_rectifiers_left_out_for_one_layer_stay_in_for_another() -> None:
    """Units of two layers that are off together: each climbs as it does alone."""
    network = dead_unit()
    deep = nn.Conv2d(3, 2, 1)
    with torch.no_grad():
        deep.weight.fill_(1)
        deep.bias = nn.Parameter(torch.tensor([-1.6, 0.0]))
    network.add_module("deep", deep)
    network.add_module("end", nn.ReLU())
    probe = Probe(network, prepare=Preparation((8, 8)))
    method = GradientAscent(steps=20, robustness=_STILL)
    targets = [Unit("relu", 1), Unit("end", 0), Unit("end", 1), Unit("relu", 0)]
    for target, result in zip(targets, _climb(method, probe, *targets), strict=True):
        (alone,) = _climb(method, probe, target)
        torch.testing.assert_close(result.pictures, alone.pictures, rtol=0, atol=1e-4)
        torch.testing.assert_close(result.curve, alone.curve, rtol=1e-3, atol=1e-3)
        assert result.notes == alone.notes


def test_a_unit_that_sees_nothing_of_the_picture_is_noted() -> None:
    conv = nn.Conv2d(3, 2, 3)
    with torch.no_grad():
        conv.weight[0] = 0
    probe = Probe(nn.Sequential(conv), prepare=Preparation((8, 8)))
    stuck, free = _climb(GradientAscent(steps=5), probe, *probe.units("0"))
    assert stuck.notes == ("0:0 could not be moved: no change to the picture raised its activation",)
    assert free.notes == ()
    assert stuck._repr_png_().startswith(b"\x89PNG")


def test_a_sum_is_maximised_as_a_sum() -> None:
    conv = _linear()
    probe = Probe(nn.Sequential(conv), prepare=Preparation((8, 8)))
    method = GradientAscent(steps=200, robustness=_STILL, rate=0.3, parametrisation="pixels")
    target = Sum((Unit("0", 0), Unit("0", 2)))
    (result,) = _climb(method, probe, target)
    weights = (conv.weight[0] + conv.weight[2]).detach()
    assert conv.bias is not None
    bias = (conv.bias[0] + conv.bias[2]).item()
    grey, best = float(weights.sum()) / 2 + bias, float(weights.clamp(min=0).sum()) + bias
    assert grey + 0.97 * (best - grey) < result.activation <= best + 1e-3
    assert result.unit == target


def test_a_class_logit_rises_above_that_of_any_of_many_pictures() -> None:
    network = seeded(Classifier())
    probe = Probe(network, prepare=Preparation(SIZE))
    plain = torch.rand(200, 3, 1, 1, generator=torch.Generator().manual_seed(0)).expand(-1, -1, *SIZE)
    others = torch.cat([plain, pictures(200, SIZE)])
    for result in _climb(GradientAscent(steps=100, robustness=_STILL, rate=0.3), probe, *probe.units("fc")):
        assert isinstance(result.unit, Unit)
        assert result.activation > probe.scores(others, result.unit).max()
        torch.testing.assert_close(
            network.eval()(result.pictures)[0, result.unit.index].detach(), torch.tensor(result.activation)
        )


def test_a_position_is_maximised_where_it_lies() -> None:
    network = seeded(InPlace())
    probe = Probe(network, prepare=Preparation(SIZE))
    unit = Unit("deep", 2, (1, 5))
    (result,) = _climb(GradientAscent(steps=40, robustness=_STILL, parametrisation="pixels"), probe, unit)
    field = probe.layer("deep").field
    assert field is not None
    top, left, bottom, right = field.window(1, 5, SIZE)
    noise = torch.sigmoid(torch.randn(1, 3, *SIZE, generator=torch.Generator().manual_seed(0)) * 0.05)[0]
    moved = (result.pictures[0] - noise).abs().sum(0) > 1e-6
    assert moved[top:bottom, left:right].float().mean() > 0.9
    moved[top:bottom, left:right] = False
    assert not moved.any()  # nothing beyond what the position sees


def test_several_pictures_differ_and_the_diversity_term_makes_them_less_alike() -> None:
    network = seeded(InPlace())
    probe = Probe(network, prepare=Preparation(SIZE))

    def alike(diversity: float) -> float:
        (result,) = _climb(GradientAscent(steps=60, count=3, diversity=diversity), probe, Unit("deep", 1))
        assert len({picture.numpy().tobytes() for picture in result.pictures}) == 3
        assert list(result.activations) == sorted(result.activations, reverse=True)
        return likeness(probe.activations(result.pictures, ["deep"])["deep"].double(), 3).item()

    assert alike(50.0) < alike(0.0) - 0.05


@pytest.mark.parametrize(
    "settings", [{}, {"parametrisation": "pixels", "objective": "channel", "count": 2}, {"diversity": 1.0, "count": 2}]
)
def test_the_same_seed_gives_the_same_bits(settings: dict[str, object]) -> None:
    probe = Probe(seeded(Classifier()), prepare=Preparation(SIZE))
    runs = [_climb(GradientAscent(steps=6, seed=seed, **settings), probe, Unit("deep", 3))[0] for seed in (5, 5, 6)]  # type: ignore[arg-type]
    assert torch.equal(runs[0].pictures, runs[1].pictures)
    assert torch.equal(runs[0].curve, runs[1].curve)
    assert runs[0].activations == runs[1].activations
    assert not torch.equal(runs[0].pictures, runs[2].pictures)


@pytest.mark.parametrize("batch", [1, 3, 64])
@pytest.mark.parametrize(
    "settings", [{}, {"count": 2, "diversity": 1.0}, {"l2": 1.0, "tv": 1.0, "objective": "channel"}]
)
def test_a_batch_of_units_equals_one_at_a_time(settings: dict[str, object], batch: int) -> None:
    probe = Probe(seeded(Classifier()).double(), prepare=Preparation(SIZE))
    targets: list[Target] = [
        *probe.units("deep")[:4],
        Unit("fc", 1),
        Unit("deep", 0, (2, 2)),
        Sum((Unit("fc", 0), Unit("conv", 3))),
    ]
    method = GradientAscent(steps=5, batch=batch, **settings)  # type: ignore[arg-type]
    together = _climb(method, probe, *targets)
    for target, result in zip(targets, together, strict=True):
        (alone,) = _climb(method, probe, target)
        assert result.unit == target
        torch.testing.assert_close(result.pictures, alone.pictures, rtol=0, atol=2e-4)
        torch.testing.assert_close(result.curve, alone.curve, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("size", [(20, 28), (33, 17), (24, 24)])
def test_pictures_have_the_size_asked_for(size: tuple[int, int]) -> None:
    probe = Probe(seeded(Classifier()), prepare=Preparation(SIZE))
    (result,) = _climb(GradientAscent(steps=2, size=size), probe, Unit("deep", 0))
    assert result.pictures.shape == (1, 3, *size)
    assert result.panels()[0].picture.shape == (*size, 3)


def test_a_position_beyond_a_smaller_pictures_map() -> None:
    probe = Probe(seeded(Classifier()), prepare=Preparation(SIZE))
    with pytest.raises(UnitError, match="lies outside the map of these pictures"):
        GradientAscent(steps=2, size=(8, 8))(probe, Unit("deep", 0, (8, 8)))


def test_the_ratio_is_to_the_best_photograph() -> None:
    probe = Probe(seeded(Classifier()), prepare=Preparation(SIZE))
    (result,) = _climb(GradientAscent(steps=30), probe, Unit("deep", 0))
    (top,) = TopImages(count=3)(probe, Unit("deep", 0), Stack(arrays(5, SIZE)))
    assert isinstance(top, TopResult)
    assert result.ratio is None
    compared = result.beside({"ascent": result, "top": top})
    assert compared.photograph == top.activations[0]
    assert compared.ratio == pytest.approx(result.activation / top.activations[0])
    assert compared.facts()["ratio"] == compared.ratio
    assert "x the best photograph's" in compared.panels()[0].caption


def test_progress_counts_every_step_of_every_unit() -> None:
    probe = Probe(dead_unit(), prepare=Preparation((8, 8)))
    told: list[tuple[int, int]] = []
    GradientAscent(steps=4, batch=2)(
        probe, probe.units("relu"), progress=lambda done, total: told.append((done, total))
    )
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (12, 12)


def test_half_precision_networks_are_climbed_too() -> None:
    probe = Probe(seeded(Classifier()).bfloat16(), prepare=Preparation(SIZE))
    (result,) = _climb(GradientAscent(steps=3), probe, Unit("deep", 0))
    assert result._repr_png_().startswith(b"\x89PNG")
    assert result.arrays()["curve"].shape == (1, 3)


def test_the_channel_objective_raises_the_mean_more_than_the_peak_does() -> None:
    probe = Probe(seeded(InPlace()), prepare=Preparation(SIZE))

    def mean(objective: str) -> float:
        method = GradientAscent(steps=60, objective=objective, robustness=_STILL)  # type: ignore[arg-type]
        (result,) = _climb(method, probe, Unit("deep", 0))
        return probe.activations(result.pictures, ["deep"])["deep"][:, 0].mean().item()

    assert mean("channel") > mean("peak")


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
def test_impossible_settings(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        GradientAscent(**wrong)  # type: ignore[arg-type]
