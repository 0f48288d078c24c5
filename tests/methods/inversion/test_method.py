"""Feature inversion against closed forms, and the pictures that it chooses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from tests.kit.networks import SIZE, Classifier, seeded
from tests.kit.pictures import Listed, arrays
from tests.kit.shared import shared
from tests.methods.inversion.inversions import SMALL, invert, linear, natural
from visualize.methods.errors import BrokenImageWarning, InputError
from visualize.methods.inversion.method import Inversion
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.top_images.method import TopImages
from visualize.methods.unit import Sum, Unit

if TYPE_CHECKING:
    from visualize.methods.top_images.result import TopResult


_OPTIMISERS: tuple[Literal["spectral", "paper"], ...] = ("spectral", "paper")


def test_what_can_be_undone_is_undone() -> None:
    picture = natural()
    result = invert(Inversion(steps=400), linear(), Unit("0", 0), Stack([picture]))
    wanted = torch.from_numpy(picture.copy()).permute(2, 0, 1) / 255
    assert (result.pictures[0] - wanted).abs().max() < 0.02
    assert result.errors[0] < 0.005
    assert result.facts()["inversions"][0]["squared"] == pytest.approx(result.errors[0] ** 2)  # type: ignore[index, call-overload]


def test_one_unit_alone_tells_of_nothing_but_what_it_sees() -> None:
    """A network that hands the colours on: red is recovered, the others are left open."""
    conv = nn.Conv2d(3, 3, 1, bias=False)
    with torch.no_grad():
        conv.weight.copy_(torch.eye(3)[:, :, None, None])
    probe, picture = Probe(nn.Sequential(conv), prepare=Preparation(SMALL)), natural()
    away = []
    for target in (Unit("0", 0), Sum((Unit("0", 0), Unit("0", 2)))):
        result = invert(Inversion(steps=300, of="unit", tv=0), probe, target, Stack([picture]))
        wanted = torch.from_numpy(picture.copy()).permute(2, 0, 1) / 255
        away.append((result.pictures[0] - wanted).abs().mean((1, 2)).tolist())
        assert result.layers == (str(target),)
    assert away[0][0] < 0.01
    assert min(away[0][1:]) > 0.04
    assert max(away[1][0], away[1][2]) < 0.01
    assert away[1][1] > 0.04


def test_a_position_tells_of_nothing_but_its_place() -> None:
    picture = natural()
    wanted = torch.from_numpy(picture.copy()).permute(2, 0, 1) / 255
    method = Inversion(steps=200, optimiser="paper", rate=0.003, alpha=0, tv=0)
    result = invert(method, linear(), Unit("0", 0, (3, 11)), Stack([picture]))
    away = (result.pictures[0] - wanted).abs().amax(0)
    assert away[3, 11] < 0.01
    assert away.median() > 0.1
    assert result.layers == ("0@3,11",)


def test_starts_show_what_is_left_open() -> None:
    """A mean over blocks of 4 x 4 leaves all but those means open."""
    probe = Probe(nn.Sequential(nn.AvgPool2d(4)), prepare=Preparation(SMALL))
    method = Inversion(steps=200, starts=3, optimiser="paper", rate=0.2, alpha=0, tv=0)
    result = invert(method, probe, Unit("0", 0), Stack([natural()]))
    assert result.pictures.shape == (3, 3, *SMALL)
    assert max(result.errors) < 0.05
    means = nn.functional.avg_pool2d(result.pictures, 4)
    apart = (result.pictures[0] - result.pictures[1]).abs().mean()
    assert apart > 0.1
    assert (means[0] - means[1]).abs().mean() < 0.3 * apart
    assert [panel.caption.split("\n")[0] for panel in result.panels()] == [
        "photograph", "0, start 1", "0, start 2", "0, start 3",
    ]  # fmt: skip
    (alone,) = (
        invert(
            Inversion(steps=200, optimiser="paper", rate=0.2, alpha=0, tv=0), probe, Unit("0", 0), Stack([natural()])
        ),
    )
    torch.testing.assert_close(alone.pictures[0], result.pictures[0], rtol=0, atol=1e-5)


def test_of_a_larger_set_the_best_are_inverted() -> None:
    probe = Probe(seeded(Classifier()).double(), prepare=Preparation(SIZE))
    images = Stack(arrays(9, SIZE))
    both = Sum((Unit("deep", 1), Unit("conv", 3)))
    for unit in (Unit("deep", 1), Unit("conv", 3, (2, 2))):
        (top,) = TopImages(count=3)(probe, unit, images)
        result = invert(Inversion(steps=1, count=3), probe, unit, images)
        assert result.indices == cast("TopResult", top).indices
    scores = probe.scores(pictures_of(images), both)
    assert invert(Inversion(steps=1, count=3), probe, both, images).indices == tuple(
        scores.argsort(descending=True)[:3].tolist()
    )
    assert invert(Inversion(steps=1, count=9), probe, both, images).indices == tuple(range(9))


def pictures_of(images: Stack) -> Tensor:
    """N x 3 x H x W in 0..1, float64."""
    return torch.from_numpy(np.stack(images.pictures)).permute(0, 3, 1, 2).double() / 255


def test_broken_pictures_are_skipped_and_named() -> None:
    probe = Probe(seeded(Classifier()), prepare=Preparation(SIZE))
    images = Listed(arrays(3, SIZE), bad=frozenset({1}))
    with pytest.warns(BrokenImageWarning, match="picture-1"):
        result = invert(Inversion(steps=1), probe, Unit("deep", 1), images)
    assert result.indices == (0, 2)
    assert result.broken == ("picture-1.jpg",)
    (note,) = result.notes
    assert note.startswith("1 of 3 pictures")
    with pytest.warns(BrokenImageWarning, match="picture-0"), pytest.raises(InputError, match="none of the 1 pictures"):
        Inversion(steps=1)(probe, Unit("deep", 1), Listed(arrays(1, SIZE), bad=frozenset({0})))
    with pytest.raises(InputError, match="holds no pictures"):
        Inversion(steps=1)(probe, Unit("deep", 1), Stack([]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"count": 0}, {"steps": 0}, {"starts": 0}, {"batch": 0}, {"rate": 0.0}, {"alpha": -1.0}, {"tv": -1.0},
        {"rate": math.nan}, {"alpha": math.nan}, {"tv": math.inf},
        {"of": "net"}, {"optimiser": "magic"}, {"of": "unit", "layers": ("conv",)},
    ],
)  # fmt: skip
def test_impossible_settings_are_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"^{next(iter(wrong))}\\b"):
        Inversion(**wrong)


@pytest.mark.parametrize(("layer", "steps"), [("features.3", 50), ("features.7", 40)])
def test_half_the_papers_error_on_a_real_network(layer: str, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar of docs/methods/invert.md at fewer steps: equation 3, by the paper's optimiser at its best weights."""
    import visualize

    photograph = np.asarray(Image.open(shared("data/photos/mountains.jpg")).convert("RGB"))
    monkeypatch.setenv("VIZ_MIRROR", str(shared("weights")))
    probe, images = visualize.load("imagenet-squeezenet"), Stack([photograph])
    ours, papers = (
        invert(Inversion(steps=steps, optimiser=optimiser), probe, Unit(layer, 0), images).errors[0] ** 2
        for optimiser in _OPTIMISERS
    )
    assert ours <= 0.5 * papers
