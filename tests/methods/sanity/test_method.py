"""The checks of explanations against scipy, closed forms, and what is known of guided backpropagation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.stats import spearmanr
from torch import Tensor, nn

from methods.errors import InputError
from methods.network.preprocessing import Preparation
from methods.network.probe import Probe
from methods.pictures.images import Stack
from methods.sanity.checks import RANDOM, _between, explainers
from methods.sanity.deletion_insertion import Removal, area
from methods.sanity.method import Sanity
from methods.sanity.result import SanityResult
from methods.sanity.stability import CHANGES, compressed, kept, rescaled, shifted
from methods.sanity.weight_randomization import cascade, rank_correlation, steps
from methods.unit import Unit
from tests.kit.networks import SIZE, Classifier, seeded
from tests.kit.pictures import arrays, pictures
from tests.kit.shared import shared
from tests.kit.unchanged import unchanged
from visualize.models.loading import load

if TYPE_CHECKING:
    from methods.provenance import Json


@pytest.mark.parametrize("levels", [2, 7, 1000])
def test_the_rank_correlation_is_scipys(levels: int) -> None:
    generator = torch.Generator().manual_seed(levels)
    one, noise = (torch.randint(0, levels, (3, 17, 19), generator=generator).double() for _ in range(2))
    for other in (noise, one + 0.3 * noise, -one):
        wanted = spearmanr(one.flatten().numpy(), other.flatten().numpy()).statistic
        assert rank_correlation(one, other) == pytest.approx(wanted, abs=1e-12)


def test_a_map_without_an_order_has_no_rank_correlation() -> None:
    assert rank_correlation(torch.zeros(4, 4), torch.rand(4, 4)) is None
    with pytest.raises(InputError, match="one shape"):
        rank_correlation(torch.zeros(4), torch.zeros(5))


def _linear(mean: tuple[float, ...] = (0.3, 0.4, 0.5)) -> tuple[Probe, np.ndarray]:
    """One unit whose activation is a weighted sum of an 8 x 6 window of the prepared picture."""
    convolution = nn.Conv2d(3, 1, (8, 6), bias=False)
    weight = torch.rand(1, 3, 8, 6, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    with torch.no_grad():
        convolution.weight.copy_(weight)
    return Probe(nn.Sequential(convolution).double(), prepare=Preparation(SIZE, mean=mean)), weight[0].numpy()


@pytest.mark.parametrize("position", [(0, 0), (5, 9), (12, 22)])
def test_deletion_of_a_linear_unit_is_a_sum_of_what_is_left(position: tuple[int, int]) -> None:
    """a(k) = sum of w (x - mean) over the pixels that are not among the first k; its area by the trapezium rule."""
    probe, weight = _linear()
    picture = pictures(1, SIZE, seed=2, dtype=torch.float64)[0]
    removal = Removal(probe, probe.layer("0"), 0, picture, position, levels=8)
    top, left = position
    mean = np.array([0.3, 0.4, 0.5])[:, None, None]
    window = picture.numpy()[:, top : top + 8, left : left + 6]
    gain = (weight * (window - mean)).sum(0)  # of each pixel
    strength = torch.zeros(SIZE, dtype=torch.float64)
    strength[top : top + 8, left : left + 6] = torch.from_numpy(gain)
    deletion, insertion = removal.curves(strength)
    order = np.sort(gain.flatten())[::-1]
    wanted = np.array([order[6 * level :].sum() for level in range(9)]) / gain.sum()
    np.testing.assert_allclose(deletion, wanted, atol=1e-6)  # the mean colour is single precision
    assert area(deletion) == pytest.approx(np.trapezoid(wanted, dx=1 / 8), abs=1e-6)
    assert insertion[-1] == pytest.approx(1)
    assert deletion[0] == pytest.approx(1, abs=1e-12)


def test_the_true_order_of_a_linear_unit_beats_every_other_order() -> None:
    probe, weight = _linear()
    picture = 0.5 + 0.5 * pictures(1, SIZE, seed=2, dtype=torch.float64)[0]
    removal = Removal(probe, probe.layer("0"), 0, picture, (4, 4), levels=48)
    gain = torch.zeros(SIZE, dtype=torch.float64)
    mean = torch.tensor([0.3, 0.4, 0.5], dtype=torch.float64)[:, None, None]
    gain[4:12, 4:10] = (torch.from_numpy(weight) * (picture[:, 4:12, 4:10] - mean)).sum(0)
    best = area(removal.curves(gain)[0])
    worst = area(removal.curves(-gain)[0])
    generator = torch.Generator().manual_seed(0)
    for _ in range(5):
        assert best < area(removal.curves(torch.rand(SIZE, generator=generator))[0]) < worst


def test_a_part_of_the_picture_gives_the_curves_of_the_whole() -> None:
    network = seeded(nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 3, 3, stride=2, padding=1)))
    probe = Probe(network.double(), prepare=Preparation((40, 44)))
    picture = pictures(1, (40, 44), seed=2)[0]
    strength = torch.rand(40, 44, generator=torch.Generator().manual_seed(1))
    for position in ((0, 0), (10, 11), (19, 21)):
        cut = Removal(probe, probe.layer("2"), 1, picture, position)
        whole = Removal(probe, probe.layer("2"), 1, picture, position)
        whole._box = (0, 0, 40, 44)
        assert cut._box != whole._box
        for one, other in zip(cut.curves(strength), whole.curves(strength), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-9)


def test_changes_that_change_nothing_keep_everything() -> None:
    probe = Probe(seeded(Classifier()).double(), prepare=Preparation(SIZE))
    given = pictures(2, SIZE, seed=1)
    same = {"shift": lambda x: shifted(x, 0), "scale": lambda x: rescaled(x, 1.0), "none": lambda x: x}
    found = kept(probe, Unit("conv", 1), given, same)
    assert found == {"shift": 1.0, "scale": 1.0, "none": 1.0}


def test_a_shift_moves_the_picture_and_keeps_a_units_peak() -> None:
    given = pictures(1, (30, 34), seed=3)
    for pixels in (3, -5):
        moved = shifted(given, pixels)
        assert moved.shape == given.shape
        low, high = max(0, pixels), min(0, pixels)
        there = moved[:, :, low : 30 + high, low : 34 + high]
        here = given[:, :, max(0, -pixels) : 30 - max(0, pixels), max(0, -pixels) : 34 - max(0, pixels)]
        assert torch.equal(there, here)


def test_rescaling_agrees_with_pillow_in_the_middle() -> None:
    given = arrays(1, (60, 60))[0]
    tensor = torch.from_numpy(given).permute(2, 0, 1)[None] / 255
    smaller = np.asarray(Image.fromarray(given).resize((54, 54), Image.Resampling.BILINEAR)) / 255
    np.testing.assert_allclose(rescaled(tensor, 0.9)[0].permute(1, 2, 0)[3:57, 3:57], smaller, atol=0.01)
    larger = np.asarray(Image.fromarray(given).resize((66, 66), Image.Resampling.BILINEAR)) / 255
    np.testing.assert_allclose(rescaled(tensor, 1.1)[0].permute(1, 2, 0), larger[3:63, 3:63], atol=0.01)


def test_compression_costs_more_the_lower_the_quality() -> None:
    given = pictures(2, (48, 64), seed=3)
    errors = [float((compressed(given, quality) - given).abs().mean()) for quality in (95, 50, 20)]
    assert 0 < errors[0] < errors[1] < errors[2]
    assert all(change(given).shape == given.shape for change in CHANGES.values())


def test_a_unit_that_no_picture_excites_keeps_nothing() -> None:
    network = nn.Sequential(nn.Conv2d(3, 1, 1))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(-1)
    assert kept(Probe(network, prepare=Preparation(SIZE)), Unit("0", 0), pictures(2, SIZE)) is None


class _Branches(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.left = nn.Conv2d(4, 2, 1)
        self.right = nn.Conv2d(4, 2, 3, padding=1)
        self.join = nn.Identity()
        self.after = nn.Conv2d(4, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.norm(self.first(x)))
        found: Tensor = self.after(self.join(torch.cat([self.left(x), self.right(x)], 1)))
        return found


def test_the_cascade_goes_down_the_units_own_way() -> None:
    probe = Probe(seeded(_Branches()), prepare=Preparation(SIZE))
    down = steps(probe, Unit("join", 3), pictures(2, SIZE), [(3, 3), (4, 4)], most=5)
    assert [step.modules for step in down] == [("right",), ("norm", "first")]
    (all_at_once,) = steps(probe, Unit("join", 0), pictures(2, SIZE), [(3, 3), (4, 4)], most=1)
    assert all_at_once.modules == ("left", "norm", "first")


def test_shuffling_keeps_the_values_of_every_weight_and_the_network() -> None:
    network = seeded(_Branches())
    probe = Probe(network, prepare=Preparation(SIZE))
    with unchanged(network):
        down = steps(probe, Unit("join", 3), pictures(2, SIZE), [(3, 3), (4, 4)], most=5)
        walk = cascade(probe, down, torch.Generator().manual_seed(0), lambda _: 1)
        shuffled = next(walk).network
        assert not torch.equal(shuffled.right.weight, network.right.weight)  # type: ignore[union-attr, arg-type]
        assert torch.equal(shuffled.first.weight, network.first.weight)  # type: ignore[union-attr, arg-type]
        next(walk)
    for name, weight in network.state_dict().items():
        if name.startswith(("right", "first", "norm")) and weight.dim():
            other = shuffled.state_dict()[name]
            assert not torch.equal(other, weight), name
            assert torch.equal(other.flatten().sort().values, weight.flatten().sort().values), name


def test_maps_of_random_networks_have_nothing_to_do_with_one_another() -> None:
    """Unrelated weights: about 3 x 25 pixels are seen, with colours, so that 0.35 is three standard deviations."""
    network = seeded(nn.Sequential(*[nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)]))
    probe = Probe(network, prepare=Preparation(SIZE))
    (result,) = Sanity(steps=0, cascade=1, seed=4)(probe, Unit("1", 2), Stack(arrays(3, SIZE)))
    assert isinstance(result, SanityResult)
    for check in result.checks[:-1]:
        assert abs(check.correlations[-1] or 0) < 0.35, check.name


def test_without_any_rectifier_all_gradients_are_one() -> None:
    network = seeded(nn.Sequential(nn.Conv2d(3, 4, 5, padding=2), nn.Conv2d(4, 3, 5, padding=2))).double()
    (result,) = Sanity(steps=0)(Probe(network, prepare=Preparation(SIZE)), Unit("1", 2), Stack(arrays(3, SIZE)))
    assert isinstance(result, SanityResult)
    by_name = {check.name: check for check in result.checks}
    assert by_name["guided"].correlations == pytest.approx(by_name["gradient"].correlations)
    assert by_name["deconv"].deletion == pytest.approx(by_name["SmoothGrad"].deletion)
    assert by_name[RANDOM].correlations == ()


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
    own = {name: one for name, one in explainers(0, 8).items() if name in {"gradient", "guided", "deconv"}}
    monkeypatch.setattr("methods.sanity.checks.explainers", lambda *_: own)
    found = Sanity(count=2, cascade=3, steps=0)(probe, Unit("features.9", 11), Stack(held))
    maps = found[0].facts()["maps"]
    assert isinstance(maps, dict)
    gradient, guided, deconv = (maps[name] for name in ("gradient", "guided", "deconv"))
    assert abs(gradient["correlations"][0]) < 0.3
    assert guided["correlations"][0] > 0.6
    assert guided["correlations"][0] > deconv["correlations"][0] - 0.3
    assert _mean(guided["correlations"]) > _mean(gradient["correlations"]) + 0.3
    assert any("maps of guided hardly change" in note for note in found[0].notes)
    assert not any("maps of gradient" in note for note in found[0].notes)
    for one in (gradient, guided):  # and yet both say where the unit looks
        assert one["deletion"] < maps[RANDOM]["deletion"]


def test_maps_of_different_pictures_are_compared_where_they_show_the_same_part_of_the_field() -> None:
    field = torch.rand(3, 12, 14, generator=torch.Generator().manual_seed(0))
    cut = [field[:, 4:], field[:, :, :9], field[:, 2:11, 5:]]
    assert _between(cut, [(4, 0), (0, 0), (2, 5)]) == pytest.approx(1)
    assert _between([field[:, :3], field[:, 6:]], [(0, 0), (6, 0)]) is None
    other = torch.rand(3, 12, 14, generator=torch.Generator().manual_seed(1))
    wanted = spearmanr(field.amax(0).flatten().numpy(), other.amax(0).flatten().numpy()).statistic
    assert _between([field, other], [(0, 0), (0, 0)]) == pytest.approx(wanted, abs=1e-12)


def test_results_that_were_drawn_already_can_be_checked() -> None:
    from methods.ascent.method import GradientAscent
    from methods.top_images.method import TopImages

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


def test_a_third_partys_maps_are_checked_and_a_broken_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Middle:
        def attribute(self, *given: object) -> Tensor:
            pictures = given[1]
            assert isinstance(pictures, Tensor)
            rows = torch.linspace(-1, 1, pictures.shape[2])[:, None].abs()
            return (2 - rows).expand(len(pictures), 3, *pictures.shape[2:])

    class Broken:
        def attribute(self, *_: object) -> Tensor:
            raise InputError("it is out of order")

    monkeypatch.setattr("methods.sanity.checks.explainers", lambda *_: {"middle": Middle(), "broken": Broken()})
    probe = Probe(seeded(Classifier()), prepare=Preparation(SIZE))
    (result,) = Sanity(steps=0)(probe, Unit("deep", 1), Stack(arrays(3, SIZE)))
    assert isinstance(result, SanityResult)
    assert [check.name for check in result.checks] == ["middle", RANDOM]
    assert result.checks[0].correlations == pytest.approx([1] * len(result.cascade))  # it never looked at the network
    assert "broken is left out: it is out of order" in result.notes


def test_the_table_brings_the_rectifying_methods() -> None:
    assert set(explainers(0, 8)) >= {"gradient", "gradient x input", "integrated", "SmoothGrad", "deconv", "guided"}


@pytest.mark.parametrize("wrong", [{"count": 0}, {"cascade": 0}, {"levels": 0}, {"batch": 0}, {"steps": -1}])
def test_impossible_settings(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        Sanity(**wrong)
