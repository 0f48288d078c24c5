"""Feature inversion against closed forms, the paper's update in float64, and its own promises."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from methods.errors import BrokenImageWarning, InputError
from methods.inversion.method import Inversion
from methods.inversion.optimizers import DEFAULTS, SPREAD, Goal
from methods.network.preprocessing import Preparation
from methods.network.probe import Probe
from methods.optimization.features import Part
from methods.optimization.priors import total_variation
from methods.pictures.images import Stack
from methods.top_images.method import TopImages
from methods.unit import Sum, Target, Unit
from tests.kit.networks import SIZE, Classifier, dead_unit, seeded
from tests.kit.pictures import Listed, arrays, pictures
from tests.kit.shared import shared

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from methods.inversion.result import InversionResult
    from methods.top_images.result import TopResult


_SMALL = (16, 20)
_OPTIMISERS: tuple[Literal["spectral", "paper"], ...] = ("spectral", "paper")


def _invert(method: Inversion, probe: Probe, unit: Target, images: Stack | Listed) -> InversionResult:
    (result,) = method(probe, unit, images)
    return cast("InversionResult", result)


def _natural(size: tuple[int, int] = _SMALL, seed: int = 0) -> NDArray[np.uint8]:
    """A smooth picture: inversions begin with smooth noise."""
    coarse = np.random.default_rng(seed).integers(40, 216, (5, 5, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((size[1], size[0]), Image.Resampling.BICUBIC))


def _mixing(seed: int = 0) -> nn.Conv2d:
    """A 1 x 1 convolution with an orthogonal matrix: it can be undone."""
    conv = nn.Conv2d(3, 3, 1)
    with torch.no_grad():
        matrix, _ = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(seed)))
        conv.weight.copy_(matrix[:, :, None, None])
        conv.bias = nn.Parameter(torch.tensor([0.1, -0.2, 0.3]))
    return conv


def _linear(prepare: Preparation | None = None) -> Probe:
    return Probe(nn.Sequential(_mixing()), prepare=prepare or Preparation(_SMALL))


def test_distances_and_their_gradient_are_those_of_the_formula() -> None:
    """Equation 3 in float64, the gradient by torch's own differentiation of the formula."""
    network = seeded(Classifier()).double().eval()
    probe = Probe(network, prepare=Preparation(SIZE))
    wanted, now = pictures(3, SIZE, dtype=torch.float64), pictures(3, SIZE, seed=1, dtype=torch.float64)
    part = Part("deep", (1, 5), None)
    distances, gradient = Goal(probe, (part,), wanted).step(now)

    def codes(x: Tensor) -> Tensor:
        x = network.relu(network.norm(network.conv(x)))
        return cast("Tensor", network.deep(x))[:, [1, 5]]

    leaf = now.clone().requires_grad_()
    code = codes(wanted).detach()
    formula = (codes(leaf) - code).square().sum((1, 2, 3)) / code.square().sum((1, 2, 3))
    torch.testing.assert_close(distances, formula.detach())
    torch.testing.assert_close(gradient, torch.autograd.grad(formula.sum(), leaf)[0])
    torch.testing.assert_close(Goal(probe, (part,), wanted).distance(now), formula.detach())


def test_parts_are_averaged_and_empty_ones_left_out() -> None:
    probe = Probe(dead_unit(), prepare=Preparation((8, 8)))
    dark, grey = torch.full((1, 3, 8, 8), 0.1), torch.full((1, 3, 8, 8), 0.3)
    both = (Part("relu", (0,), None), Part("conv", (0,), None))
    one = float(Goal(probe, both[:1], dark).distance(grey))
    assert float(Goal(probe, both, dark).distance(grey)) == pytest.approx(one)  # unit 0 is on: the two are the same
    empty = (Part("relu", (0,), None), Part("relu", (2,), None))
    assert float(Goal(probe, empty, dark).distance(grey)) == pytest.approx(one)
    assert bool(Goal(probe, empty[1:], dark).empty.all())


def test_what_can_be_undone_is_undone() -> None:
    picture = _natural()
    result = _invert(Inversion(steps=400), _linear(), Unit("0", 0), Stack([picture]))
    wanted = torch.from_numpy(picture.copy()).permute(2, 0, 1) / 255
    assert (result.pictures[0] - wanted).abs().max() < 0.02
    assert result.errors[0] < 0.005
    assert result.facts()["inversions"][0]["squared"] == pytest.approx(result.errors[0] ** 2)  # type: ignore[index, call-overload]


def test_one_unit_alone_tells_of_nothing_but_what_it_sees() -> None:
    """A network that hands the colours on: red is recovered, the others are left open."""
    conv = nn.Conv2d(3, 3, 1, bias=False)
    with torch.no_grad():
        conv.weight.copy_(torch.eye(3)[:, :, None, None])
    probe, picture = Probe(nn.Sequential(conv), prepare=Preparation(_SMALL)), _natural()
    away = []
    for target in (Unit("0", 0), Sum((Unit("0", 0), Unit("0", 2)))):
        result = _invert(Inversion(steps=300, of="unit", tv=0), probe, target, Stack([picture]))
        wanted = torch.from_numpy(picture.copy()).permute(2, 0, 1) / 255
        away.append((result.pictures[0] - wanted).abs().mean((1, 2)).tolist())
        assert result.layers == (str(target),)
    assert away[0][0] < 0.01
    assert min(away[0][1:]) > 0.04
    assert max(away[1][0], away[1][2]) < 0.01
    assert away[1][1] > 0.04


def test_a_position_tells_of_nothing_but_its_place() -> None:
    picture = _natural()
    wanted = torch.from_numpy(picture.copy()).permute(2, 0, 1) / 255
    method = Inversion(steps=200, optimiser="paper", rate=0.003, alpha=0, tv=0)
    result = _invert(method, _linear(), Unit("0", 0, (3, 11)), Stack([picture]))
    away = (result.pictures[0] - wanted).abs().amax(0)
    assert away[3, 11] < 0.01
    assert away.median() > 0.1
    assert result.layers == ("0@3,11",)


@pytest.mark.parametrize("order", ["RGB", "BGR"])
def test_the_papers_optimiser_goes_as_the_paper_says(order: Literal["RGB", "BGR"]) -> None:
    """Momentum, falling rate, scales and priors, written again in float64 for a linear network."""
    mean, steps, rate, weight = (0.3, 0.4, 0.5), 12, 0.004, (3e-9, 5.0)
    probe = _linear(Preparation(_SMALL, order=order, mean=mean))
    picture = _natural()
    method = Inversion(steps=steps, optimiser="paper", rate=rate, alpha=weight[0], tv=weight[1])
    result = _invert(method, probe, Unit("0", 0), Stack([picture]))

    conv = cast("nn.Conv2d", cast("nn.Sequential", probe.network)[0])
    assert conv.bias is not None
    matrix, bias = conv.weight[:, :, 0, 0].detach().double().numpy(), conv.bias.detach().double().numpy()
    if order == "BGR":
        matrix, colour = matrix[:, ::-1], np.array(mean[::-1])
    else:
        colour = np.array(mean)

    def code(z: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.einsum("uc,chw->uhw", matrix, z / 255) + bias[:, None, None])

    wanted = code(picture.transpose(2, 0, 1).astype(np.float64) - 255 * colour[:, None, None])
    noise = torch.randn(1, 3, *_SMALL, generator=torch.Generator().manual_seed(0))[0].double().numpy()
    sigma = SPREAD * math.sqrt(noise.size)
    z = noise / np.linalg.norm(noise) * sigma
    moving, before, curve = np.zeros_like(z), 0.0, []
    for step in range(steps):
        now = rate * (1 if step < 3 else 0.1 if step < 9 else 0.01)
        moving = moving * (now == before)
        before = now
        away = code(z) - wanted
        curve.append(np.linalg.norm(away) / np.linalg.norm(wanted))
        data = 2 * np.einsum("uc,uhw->chw", matrix, away) / 255 / (wanted**2).sum()
        prior = 6 * weight[0] * z**5
        for axis in (1, 2):
            ends = np.diff(z, axis=axis)
            first, last = [(0, 0)] * 3, [(0, 0)] * 3
            first[axis], last[axis] = (1, 0), (0, 1)
            prior += 2 * weight[1] * (np.pad(ends, first) - np.pad(ends, last))
        moving = 0.9 * moving - now * sigma**2 * (data + prior / 2 / sigma**2)
        z = z + moving
    shown = np.clip(z / 255 + colour[:, None, None], 0, 1)
    np.testing.assert_allclose(result.pictures[0], shown, atol=2e-5)
    np.testing.assert_allclose(result.curve[0], curve, rtol=1e-4)


def test_priors_make_pictures_smooth_and_keep_them_in_range() -> None:
    def varies(tv: float) -> float:
        method = Inversion(steps=100, tv=tv, layers=("0",))
        return float(total_variation(_invert(method, _linear(), Unit("0", 0), Stack(arrays(1, _SMALL))).pictures)[0])

    assert varies(10.0) < 0.3 * varies(0.0)
    free = Inversion(steps=60, optimiser="paper", alpha=0, tv=0)
    held = Inversion(steps=60, optimiser="paper", alpha=1e-7, tv=0)
    wide = [
        float((_invert(method, _linear(), Unit("0", 0), Stack(arrays(1, _SMALL))).pictures - 0.0).std())
        for method in (free, held)
    ]
    assert wide[1] < 0.8 * wide[0]


def test_starts_show_what_is_left_open() -> None:
    """A mean over blocks of 4 x 4 leaves all but those means open."""
    probe = Probe(nn.Sequential(nn.AvgPool2d(4)), prepare=Preparation(_SMALL))
    method = Inversion(steps=200, starts=3, optimiser="paper", rate=0.2, alpha=0, tv=0)
    result = _invert(method, probe, Unit("0", 0), Stack([_natural()]))
    assert result.pictures.shape == (3, 3, *_SMALL)
    assert max(result.errors) < 0.05
    means = nn.functional.avg_pool2d(result.pictures, 4)
    apart = (result.pictures[0] - result.pictures[1]).abs().mean()
    assert apart > 0.1
    assert (means[0] - means[1]).abs().mean() < 0.3 * apart
    assert [panel.caption.split("\n")[0] for panel in result.panels()] == [
        "photograph", "0, start 1", "0, start 2", "0, start 3",
    ]  # fmt: skip
    (alone,) = (
        _invert(
            Inversion(steps=200, optimiser="paper", rate=0.2, alpha=0, tv=0), probe, Unit("0", 0), Stack([_natural()])
        ),
    )
    torch.testing.assert_close(alone.pictures[0], result.pictures[0], rtol=0, atol=1e-5)


def test_layers_stand_in_a_row() -> None:
    probe = Probe(seeded(Classifier()), prepare=Preparation(SIZE), aliases={"conv5": "deep"})
    result = _invert(Inversion(steps=3, layers=("conv", "conv5")), probe, Unit("deep", 1), Stack(arrays(2, SIZE)))
    names = [panel.caption.split("\n")[0] for panel in result.panels()]
    assert names == ["photograph", "conv", "conv5"] * 2
    assert [panel.of for panel in result.panels()] == ["pictures/0"] * 3 + ["pictures/1"] * 3
    assert len(result.aligned()) == 6
    facts = cast("list[dict[str, Any]]", result.facts()["inversions"])
    assert [(one["file"], one["layer"]) for one in facts] == [
        ("pictures/0", "conv"), ("pictures/0", "conv5"), ("pictures/1", "conv"), ("pictures/1", "conv5"),
    ]  # fmt: skip
    single = _invert(Inversion(steps=3), probe, Unit("deep", 1), Stack(arrays(2, SIZE)))
    assert [panel.of for panel in single.aligned()] == ["pictures/0", "pictures/1"]
    np.testing.assert_allclose(single.errors, result.errors[1::2], rtol=1e-5)


def test_the_reported_error_is_that_of_the_picture_that_is_shown() -> None:
    network = seeded(Classifier())
    probe = Probe(network, prepare=Preparation(SIZE))
    picture = arrays(1, SIZE)[0]
    result = _invert(Inversion(steps=30), probe, Unit("deep", 0), Stack([picture]))
    with torch.no_grad():
        wanted = network.eval()
        code = _deep(wanted, torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].double() / 255)
        found = _deep(wanted, result.pictures.double())
    assert result.errors[0] == pytest.approx(float((found - code).norm() / code.norm()), rel=1e-4)
    assert result.curve.shape == (1, 30)


def _deep(network: nn.Module, x: Tensor) -> Tensor:
    double = seeded(Classifier()).double().eval()
    return cast("Tensor", double.deep(double.relu(double.norm(double.conv(x)))))


def test_features_that_are_off_at_first_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unit 1 is on for bright pictures alone, and begins at grey, where a rectifier passes no gradient."""
    bright = Stack([np.full((8, 8, 3), 245, np.uint8)])
    probe = Probe(dead_unit(), prepare=Preparation((8, 8)))
    method = Inversion(steps=100, of="unit", rate=0.3, tv=0, alpha=0)
    found = _invert(method, probe, Unit("relu", 1), bright)
    assert found.curve[0, 0] == 1
    assert found.errors[0] < 0.7
    monkeypatch.setitem(DEFAULTS["spectral"], "leak", 0.0)
    assert _invert(method, probe, Unit("relu", 1), bright).errors == (1.0,)


def test_nothing_to_invert_is_said() -> None:
    probe = Probe(dead_unit(), prepare=Preparation((8, 8)))
    result = _invert(Inversion(steps=4, of="unit"), probe, Unit("relu", 2), Stack(arrays(2, (8, 8))))
    assert "zero for 2 of the 2 inversions" in result.notes[0]
    assert all(math.isnan(error) for error in result.errors)
    facts = cast("list[dict[str, Any]]", result.facts()["inversions"])
    assert [one["error"] for one in facts] == [None, None]
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
    result = _invert(Inversion(steps=3), probe, Unit("conv", 0), Stack(arrays(1, (8, 8))))
    assert "no gradient leads" in result.notes[0]
    assert math.isfinite(result.errors[0])


def test_divergence_is_said() -> None:
    method = Inversion(steps=60, optimiser="paper", rate=50.0)
    result = _invert(method, _linear(), Unit("0", 0), Stack(arrays(1, _SMALL)))
    assert "diverged" in result.notes[0]
    assert bool((result.pictures == 0.5).all())
    assert result._repr_png_().startswith(b"\x89PNG")


def test_activations_that_are_not_finite_are_the_users_error() -> None:
    conv = _mixing()
    with torch.no_grad():
        conv.weight[1] = torch.inf
    probe = Probe(nn.Sequential(conv), prepare=Preparation(_SMALL))
    with pytest.raises(InputError, match="not finite for pictures/0"):
        Inversion(steps=2)(probe, Unit("0", 0), Stack(arrays(1, _SMALL)))


def test_of_a_larger_set_the_best_are_inverted() -> None:
    probe = Probe(seeded(Classifier()).double(), prepare=Preparation(SIZE))
    images = Stack(arrays(9, SIZE))
    both = Sum((Unit("deep", 1), Unit("conv", 3)))
    for unit in (Unit("deep", 1), Unit("conv", 3, (2, 2))):
        (top,) = TopImages(count=3)(probe, unit, images)
        result = _invert(Inversion(steps=1, count=3), probe, unit, images)
        assert result.indices == cast("TopResult", top).indices
    scores = probe.scores(pictures_of(images), both)
    assert _invert(Inversion(steps=1, count=3), probe, both, images).indices == tuple(
        scores.argsort(descending=True)[:3].tolist()
    )
    assert _invert(Inversion(steps=1, count=9), probe, both, images).indices == tuple(range(9))


def pictures_of(images: Stack) -> Tensor:
    """N x 3 x H x W in 0..1, float64."""
    return torch.from_numpy(np.stack(images.pictures)).permute(0, 3, 1, 2).double() / 255


def test_broken_pictures_are_skipped_and_named() -> None:
    probe = Probe(seeded(Classifier()), prepare=Preparation(SIZE))
    images = Listed(arrays(3, SIZE), bad=frozenset({1}))
    with pytest.warns(BrokenImageWarning, match="picture-1"):
        result = _invert(Inversion(steps=1), probe, Unit("deep", 1), images)
    assert result.indices == (0, 2)
    assert result.broken == ("picture-1.jpg",)
    assert result.notes == ("1 of 3 pictures could not be read and were skipped",)
    with pytest.warns(BrokenImageWarning), pytest.raises(InputError, match="none of the 1 pictures"):
        Inversion(steps=1)(probe, Unit("deep", 1), Listed(arrays(1, SIZE), bad=frozenset({0})))
    with pytest.raises(InputError, match="holds no pictures"):
        Inversion(steps=1)(probe, Unit("deep", 1), Stack([]))


def test_a_picture_is_inverted_once_for_all_units_of_a_layer() -> None:
    probe = Probe(seeded(Classifier()), prepare=Preparation(SIZE))
    method = Inversion(steps=2)
    several = method(probe, probe.units("deep"), Stack(arrays(2, SIZE)))
    first, last = (cast("InversionResult", several[place]) for place in (0, -1))
    assert torch.equal(first.pictures, last.pictures)
    told: list[int] = []
    images = Stack(arrays(2, SIZE))
    method(probe, probe.units("deep"), images, progress=lambda done, _: told.append(done))
    assert len(told) <= 2 * method.steps  # not eight units' worth of steps


@pytest.mark.parametrize(
    "wrong",
    [
        {"count": 0}, {"steps": 0}, {"starts": 0}, {"batch": 0}, {"rate": 0.0}, {"alpha": -1.0}, {"tv": -1.0},
        {"rate": math.nan}, {"alpha": math.nan}, {"tv": math.inf},
        {"of": "net"}, {"optimiser": "magic"}, {"of": "unit", "layers": ("conv",)},
    ],
)  # fmt: skip
def test_impossible_settings(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Inversion(**wrong)


@pytest.mark.parametrize(("layer", "steps"), [("features.3", 50), ("features.7", 40)])
def test_half_the_papers_error_on_a_real_network(layer: str, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar of docs/methods/invert.md at fewer steps: equation 3, by the paper's optimiser at its best weights."""
    import visualize

    photograph = np.asarray(Image.open(shared("data/photos/mountains.jpg")).convert("RGB"))
    monkeypatch.setenv("VIZ_MIRROR", str(shared("weights")))
    probe, images = visualize.load("imagenet-squeezenet"), Stack([photograph])
    ours, papers = (
        _invert(Inversion(steps=steps, optimiser=optimiser), probe, Unit(layer, 0), images).errors[0] ** 2
        for optimiser in _OPTIMISERS
    )
    assert ours <= 0.5 * papers
