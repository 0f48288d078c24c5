"""SmoothGrad and integrated gradients against captum, formulas, and each other."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
import torch
from captum.attr import IntegratedGradients, NoiseTunnel
from captum.attr import Saliency as CaptumSaliency
from torch import Tensor, nn

from tests.kit.checkout import ROOT
from tests.kit.explained import WAYS
from tests.kit.networks import seeded
from tests.kit.pictures import arrays
from tests.kit.shared import shared
from tests.methods.attribution.pooled import PREPARE, SIZE, UNIT, pooled, shown_pictures
from visualize.data import open_images
from visualize.methods.attribution.saliency import Saliency
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.unit import Unit
from visualize.models.loading import load


def test_without_noise_smoothgrad_is_the_gradient() -> None:
    probe, shown = pooled(), shown_pictures()
    wanted = Saliency().attribute(probe, shown, UNIT)
    given = Saliency(kind="smoothgrad", noise=0, samples=7).attribute(probe, shown, UNIT)
    torch.testing.assert_close(given, wanted, rtol=1e-12, atol=1e-15)
    assert wanted.abs().amax((1, 2, 3)).min() > 0


def test_smoothgrad_is_captums_within_the_error_of_the_mean() -> None:
    """Both draw their own noise: of n samples the means lie within some standard errors of each other."""
    probe, shown, samples = pooled("GELU"), shown_pictures(1), 400
    inputs = probe.prepare(shown)
    unit = Unit("block", 2, (3, 4))
    width = 0.2 * float(inputs.max() - inputs.min())

    def activation(inputs: Tensor) -> Tensor:
        activations: Tensor = probe.network(inputs)[:, 2, 3, 4]
        return activations

    torch.manual_seed(0)
    noisy = inputs + width * torch.randn(samples, *inputs.shape[1:], dtype=torch.float64)
    single = CaptumSaliency(activation).attribute(noisy.requires_grad_(), abs=False)
    error = single.std(0) / samples**0.5
    wanted = NoiseTunnel(CaptumSaliency(activation)).attribute(
        inputs, nt_samples=samples, nt_type="smoothgrad", stdevs=width, abs=False
    )
    given = Saliency(kind="smoothgrad", samples=samples, noise=0.2).attribute(probe, shown, unit)
    assert ((given - wanted)[0].abs() <= 6 * error + 1e-12).all()
    plain = Saliency().attribute(probe, shown, unit)
    assert ((plain - wanted)[0].abs() > 6 * error).any()  # which the noise makes a difference to


def test_smoothgrad_depends_on_the_seed_and_on_nothing_else_that_is_drawn() -> None:
    probe, shown = pooled(), shown_pictures()
    torch.manual_seed(1)
    state = torch.get_rng_state()
    first = Saliency(kind="smoothgrad", samples=3).attribute(probe, shown, UNIT)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(2)
    assert torch.equal(Saliency(kind="smoothgrad", samples=3).attribute(probe, shown, UNIT), first)
    assert not torch.equal(Saliency(kind="smoothgrad", samples=3, seed=1).attribute(probe, shown, UNIT), first)
    alone = Saliency(kind="smoothgrad", samples=3, batch=1).attribute(probe, shown, UNIT)
    torch.testing.assert_close(alone, first)


def _gap(method: Saliency, way: str, shade: float | None) -> Tensor:
    """How far the attributions are from adding up to the difference of activation, as a share of it."""
    probe, shown = pooled(way), shown_pictures()
    explained = method.explain(probe, shown, UNIT)
    start = torch.zeros(1, 3, *SIZE).double() if shade is None else PREPARE(torch.full((1, 3, *SIZE), shade).double())
    maps = probe.network(start)[0, 2].detach()
    difference = explained.activations - torch.stack(
        [maps[row, column] for row, column in explained.positions.tolist()]
    )
    return (explained.attribution.sum((1, 2, 3)) - difference).abs() / difference.abs()


@pytest.mark.parametrize(("baseline", "shade"), [("black", 0), ("grey", 0.5), ("white", 1), ("mean", None)])
def test_integrated_gradients_add_up_to_the_difference_of_activation(baseline: str, shade: float | None) -> None:
    method = Saliency(kind="integrated", baseline=baseline)  # type: ignore[arg-type]
    assert _gap(method, "softplus", shade).max() <= 1e-3


@pytest.mark.parametrize("way", WAYS)
def test_integrated_gradients_add_up_whatever_the_rectifier(way: str) -> None:
    """Where a rectifier or a pool switches, the gradient jumps: there steps are added."""
    assert _gap(Saliency(kind="integrated"), way, 0).max() <= 1e-3


@pytest.mark.parametrize(
    ("model", "file", "name"),
    [
        ("places-squeezenet", "weights/squeezenet_weights_places365.params", "fire5:79"),
        ("places-squeezenet", "weights/squeezenet_weights_places365.params", "fire9:100"),
        ("imagenet-squeezenet", "weights/compressed_SqueezeNet.net", "features.7:3"),
        ("imagenet-squeezenet", "weights/compressed_SqueezeNet.net", "features.12:100"),
        ("imagenet-squeezenet", "weights/compressed_SqueezeNet.net", "logits:5"),
    ],
)
def test_integrated_gradients_of_real_networks_add_up_as_captum_counts(
    model: str, file: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And pixel by pixel they are closer to captum's in 1,000 steps than captum's own in 50."""
    monkeypatch.setenv("VIZ_MIRROR", str(shared(file).parent))
    probe = load(model)
    photographs = open_images(shared("data/camvid-broden/images"))
    shown = torch.from_numpy(photographs.load(200, Preparation((99, 115))))[None]
    shown = shown.permute(0, 3, 1, 2).float() / 255
    inputs, start = probe.prepared(shown), probe.prepared(torch.zeros_like(shown))
    unit = probe.unit(name)
    assert isinstance(unit, Unit)
    explained = Saliency(kind="integrated").explain(probe, shown, unit)

    def activation(inputs: Tensor, at: Tensor = explained.positions) -> Tensor:
        maps = probe.respond(inputs, [unit.layer])[unit.layer]
        return maps[torch.arange(len(maps)), unit.index].flatten(1).gather(
            1, (at[:, 0] * maps.shape[3] + at[:, 1])[: len(maps), None]
        )[:, 0]  # fmt: skip

    in_bgr = explained.attribution.flip(1)  # both networks take BGR
    delta = IntegratedGradients(activation).compute_convergence_delta(in_bgr, start, inputs)
    difference = (explained.activations - activation(start)).detach()
    assert (delta.abs() <= 1.01e-3 * difference.abs()).all()
    fine, fifty = (Saliency(kind="integrated", steps=n).attribute(probe, shown, unit) for n in (1000, 50))
    far, near = ((attribution - fine).flatten(1).norm(dim=1) for attribution in (fifty, explained.attribution))
    assert (near <= far).all(), (near, far)


def test_integrated_gradients_do_not_depend_on_what_is_run_together() -> None:
    probe, shown = pooled(), shown_pictures()
    together = Saliency(kind="integrated").explain(probe, shown, UNIT)
    for batch in (1, 3, 64):
        other = Saliency(kind="integrated", batch=batch).explain(probe, shown, UNIT)
        assert torch.equal(other.steps, together.steps)
        torch.testing.assert_close(other.attribution, together.attribution)


def test_a_linear_network_takes_no_steps_more() -> None:
    probe = Probe(seeded(nn.Sequential(nn.Conv2d(3, 2, 3), nn.Conv2d(2, 2, 3))).double(), prepare=PREPARE)
    shown = shown_pictures()
    explained = Saliency(kind="integrated").explain(probe, shown, Unit("1", 1))
    assert explained.steps.tolist() == [51, 51, 51]
    start = PREPARE(torch.zeros_like(shown))
    wanted = Saliency().attribute(probe, shown, Unit("1", 1), explained.positions.tolist()) * (PREPARE(shown) - start)
    torch.testing.assert_close(explained.attribution, wanted)


def test_a_picture_that_is_the_baseline_gets_nothing() -> None:
    explained = Saliency(kind="integrated").explain(pooled(), torch.zeros(1, 3, *SIZE).double(), UNIT)
    assert not explained.attribution.any()


def test_the_result_says_how_far_integrated_gradients_are_from_adding_up() -> None:
    images = Stack(arrays(2, SIZE))
    (few,) = Saliency(kind="integrated", steps=2)(pooled(), UNIT, images)
    (many,) = Saliency(kind="integrated", steps=800)(pooled(), UNIT, images)
    (chosen,) = Saliency(kind="integrated")(pooled(), UNIT, images)
    assert many.notes == ()
    (note,) = few.notes
    assert re.fullmatch(r"the attributions add up to -?\d+\.\d % .*, after 2 steps; leave out --steps .*", note)
    (note,) = chosen.notes
    assert re.fullmatch(r"integrated in \d+( to \d+)? steps, to within 0\.1 % of the difference of activation", note)


def test_integrated_gradients_are_the_integral_of_the_gradient() -> None:
    """By a midpoint sum of many gradients, for a smooth network, whose integrand a few Gauss points do for."""
    probe, shown = pooled("softplus"), shown_pictures(2)
    unit = Unit("block", 1, (2, 3))
    inputs = PREPARE(shown)
    total = torch.zeros_like(inputs)
    for step in range(400):
        leaf = (inputs * (step + 0.5) / 400).requires_grad_()
        total += torch.autograd.grad(probe.network(leaf)[:, 1, 2, 3].sum(), leaf)[0] / 400
    given = Saliency(kind="integrated", steps=40, baseline="mean").attribute(probe, shown, unit)
    torch.testing.assert_close(given, inputs * total, rtol=1e-4, atol=1e-5)


_MEMORY = """
import torch
from visualize.methods import Saliency, Unit
from tests.kit.memory import peak
from visualize.data import open_images
from visualize.figures import sections
from visualize.models.loading import load
probe = load("places-squeezenet")
Saliency(kind="integrated", steps=50).attribute(probe, torch.rand(8, 3, 224, 224), Unit("fire9", 3))
print(peak())
"""


def test_integrated_gradients_of_8_pictures_in_50_steps_stay_under_a_gigabyte_and_a_half(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weights = shared("weights/squeezenet_weights_places365.params")
    monkeypatch.setenv("VIZ_MIRROR", str(weights.parent))
    ran = subprocess.run([sys.executable, "-c", _MEMORY], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(ran.stdout) < 1.5e9
