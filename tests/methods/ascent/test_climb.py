"""Ascent on units whose best picture is known, on sleepers, and on several units at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.kit.networks import SIZE, Classifier, InPlace, dead_unit, seeded
from tests.kit.pictures import pictures
from tests.methods.ascent.climbs import STILL, climb, linear
from visualize.methods.ascent.method import GradientAscent
from visualize.methods.ascent.objective import likeness
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.unit import Sum, Target, Unit


@pytest.mark.parametrize(("parametrisation", "share"), [("fourier", 0.9), ("pixels", 0.99)])
def test_a_linear_unit_comes_near_the_best_picture_there_is(parametrisation: str, share: float) -> None:
    """Over pictures in 0..1 the best one is 1 where a weight is positive and 0 elsewhere.

    The weights are noise, which pixels can write more easily than a spectrum that falls with the frequency.
    """
    conv = linear()
    probe = Probe(nn.Sequential(conv), prepare=Preparation((8, 8)))
    method = GradientAscent(steps=400, robustness=STILL, parametrisation=parametrisation, rate=0.3)  # type: ignore[arg-type]
    assert conv.bias is not None
    for unit, result in zip(probe.units("0"), climb(method, probe, *probe.units("0")), strict=True):
        weights = conv.weight[unit.index].detach()
        grey = weights.sum() / 2 + conv.bias[unit.index].detach()
        best = weights.clamp(min=0).sum() + conv.bias[unit.index].detach()
        assert result.activation > grey + share * (best - grey)
        assert result.activation <= best + 1e-3
        right = (result.pictures[0] > 0.5) == (weights > 0)
        assert (weights.abs() * right).sum() > share * weights.abs().sum()
        torch.testing.assert_close(probe.scores(result.pictures, unit), torch.tensor(result.activations))


def test_the_curve_holds_every_step_and_rises() -> None:
    probe = Probe(nn.Sequential(linear()), prepare=Preparation((8, 8)))
    (result,) = climb(GradientAscent(steps=37, count=2, robustness=STILL), probe, Unit("0", 1))
    assert result.curve.shape == (2, 37)
    assert bool((result.curve[:, 1:] >= result.curve[:, :-1] - 1e-3).all())
    assert result.facts()["steps"] == 37


@pytest.mark.parametrize(("weight", "name"), [(400.0, "l2"), (400.0, "tv")])
def test_regularisers_lower_what_they_weigh(weight: float, name: str) -> None:
    probe = Probe(nn.Sequential(linear()), prepare=Preparation((8, 8)))

    def weighed(picture: Tensor) -> float:
        """Mean squared distance from grey; mean absolute difference of neighbours."""
        values = picture.double().numpy()
        if name == "l2":
            return float(((values - 0.5) ** 2).mean())
        return float(np.abs(np.diff(values, axis=1)).mean() + np.abs(np.diff(values, axis=2)).mean())

    (free,) = climb(GradientAscent(steps=80, robustness=STILL), probe, Unit("0", 0))
    (held,) = climb(GradientAscent(steps=80, robustness=STILL, **{name: weight}), probe, Unit("0", 0))  # type: ignore[arg-type]
    assert weighed(held.pictures[0]) < 0.3 * weighed(free.pictures[0])
    assert held.activation < free.activation


@pytest.mark.parametrize("name", ["l2", "tv"])
def test_a_regularisers_gradient_is_that_of_its_formula(name: str) -> None:
    """The first step of Adam goes against the sign of the gradient, for a unit that gives none of its own."""
    conv = nn.Conv2d(3, 1, 6)
    with torch.no_grad():
        conv.weight.fill_(1e-9)
    probe = Probe(nn.Sequential(conv), prepare=Preparation((6, 6)))
    method = GradientAscent(steps=1, robustness=STILL, parametrisation="pixels", rate=1e-3, **{name: 1e3})  # type: ignore[arg-type]
    (result,) = climb(method, probe, Unit("0", 0))
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
    method = GradientAscent(steps=120, robustness=STILL, rate=0.3)
    awake, asleep, never = climb(method, probe, *probe.units("relu"))
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
    (result,) = climb(
        GradientAscent(steps=120, robustness=STILL, rate=0.3),
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
    method = GradientAscent(steps=20, robustness=STILL)
    targets = [Unit("relu", 1), Unit("end", 0), Unit("end", 1), Unit("relu", 0)]
    for target, result in zip(targets, climb(method, probe, *targets), strict=True):
        (alone,) = climb(method, probe, target)
        torch.testing.assert_close(result.pictures, alone.pictures, rtol=0, atol=1e-4)
        torch.testing.assert_close(result.curve, alone.curve, rtol=1e-3, atol=1e-3)
        assert result.notes == alone.notes


def test_a_unit_that_sees_nothing_of_the_picture_is_noted() -> None:
    conv = nn.Conv2d(3, 2, 3)
    with torch.no_grad():
        conv.weight[0] = 0
    probe = Probe(nn.Sequential(conv), prepare=Preparation((8, 8)))
    stuck, free = climb(GradientAscent(steps=5), probe, *probe.units("0"))
    assert stuck.notes == ("0:0 could not be moved: no change to the picture raised its activation",)
    assert free.notes == ()
    assert stuck._repr_png_().startswith(b"\x89PNG")


def test_a_sum_is_maximised_as_a_sum() -> None:
    conv = linear()
    probe = Probe(nn.Sequential(conv), prepare=Preparation((8, 8)))
    method = GradientAscent(steps=200, robustness=STILL, rate=0.3, parametrisation="pixels")
    target = Sum((Unit("0", 0), Unit("0", 2)))
    (result,) = climb(method, probe, target)
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
    for result in climb(GradientAscent(steps=100, robustness=STILL, rate=0.3), probe, *probe.units("fc")):
        assert isinstance(result.unit, Unit)
        assert result.activation > probe.scores(others, result.unit).max()
        torch.testing.assert_close(
            network.eval()(result.pictures)[0, result.unit.index].detach(), torch.tensor(result.activation)
        )


def test_a_position_is_maximised_where_it_lies() -> None:
    network = seeded(InPlace())
    probe = Probe(network, prepare=Preparation(SIZE))
    unit = Unit("deep", 2, (1, 5))
    (result,) = climb(GradientAscent(steps=40, robustness=STILL, parametrisation="pixels"), probe, unit)
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
        (result,) = climb(GradientAscent(steps=60, count=3, diversity=diversity), probe, Unit("deep", 1))
        assert len({picture.numpy().tobytes() for picture in result.pictures}) == 3
        assert list(result.activations) == sorted(result.activations, reverse=True)
        return likeness(probe.activations(result.pictures, ["deep"])["deep"].double(), 3).item()

    assert alike(50.0) < alike(0.0) - 0.05


def test_the_channel_objective_raises_the_mean_more_than_the_peak_does() -> None:
    probe = Probe(seeded(InPlace()), prepare=Preparation(SIZE))

    def mean(objective: str) -> float:
        method = GradientAscent(steps=60, objective=objective, robustness=STILL)  # type: ignore[arg-type]
        (result,) = climb(method, probe, Unit("deep", 0))
        return probe.activations(result.pictures, ["deep"])["deep"][:, 0].mean().item()

    assert mean("channel") > mean("peak")


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
    together = climb(method, probe, *targets)
    for target, result in zip(targets, together, strict=True):
        (alone,) = climb(method, probe, target)
        assert result.unit == target
        torch.testing.assert_close(result.pictures, alone.pictures, rtol=0, atol=2e-4)
        torch.testing.assert_close(result.curve, alone.curve, rtol=1e-3, atol=1e-3)


class _Rounded(nn.Module):
    """Gives whole numbers, of which there is no derivative."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.whole = nn.Conv2d(3, 2, 3), nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.whole((9 * self.conv(x)).to(torch.int8).float())
        return output


def test_a_unit_from_which_no_gradient_leads_is_told_apart_from_one_that_cannot_rise() -> None:
    (stuck,) = climb(GradientAscent(steps=2), Probe(_Rounded(), prepare=Preparation((8, 8))), Unit("whole", 0))
    assert len(stuck.notes) == 1
    assert "no gradient leads" in stuck.notes[0]
