"""A probe against plain forward hooks and plain autograd on the untouched network."""

from __future__ import annotations

import copy
from collections import Counter
from typing import TYPE_CHECKING

import pytest
import torch
import torchvision
from torch import Tensor, nn

from tests.kit.networks import CASES, SIZE, Classifier, InPlace, Residual, Shapely, Swallowing, Training, seeded
from tests.kit.pictures import pictures
from tests.kit.plain_hooks import seen_by
from tests.kit.unchanged import unchanged
from visualize.methods.errors import InputError, UnitError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.network.run.shared_copy import weights_sha256
from visualize.methods.unit import Sum, Target, Unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from visualize.methods.network.axes import Layout


_ROUNDING = {torch.float32: 2e-5, torch.float64: 1e-12, torch.bfloat16: 0.02}


def _agree(given: Tensor, wanted: Tensor) -> None:
    """Equal up to the rounding of the dtype, measured by the largest value."""
    assert given.shape == wanted.shape
    assert given.dtype == wanted.dtype
    assert (given - wanted).abs().max() <= _ROUNDING[wanted.dtype] * wanted.abs().max()


@pytest.mark.parametrize("optimise", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_activations_are_those_of_plain_hooks(name: str, *, optimise: bool) -> None:
    case = CASES[name]
    network, prepare = case.network(), case.preparation()
    shown = pictures(2, SIZE)
    with torch.no_grad():
        wanted = seen_by(case.network(), case.layers, prepare(shown.to(case.dtype)))
    probe = Probe(network, prepare=prepare, optimise=optimise)
    with unchanged(network):
        together = probe.activations(shown, case.layers)
        alone = {layer: probe.activations(shown, [layer])[layer] for layer in case.layers}
    assert list(together) == list(case.layers)
    for layer in case.layers:
        _agree(together[layer], wanted[layer].reshape(together[layer].shape))
        _agree(alone[layer], together[layer])
    inputs = prepare(shown.to(case.dtype))
    assert probe.runner.planned(case.layers, inputs) is (optimise and case.planned)


@pytest.mark.parametrize("name", [name for name in CASES if name != "bfloat16"])
def test_gradients_are_those_of_plain_autograd(name: str) -> None:
    case = CASES[name]
    network, plain, prepare = case.network().double(), case.network().double(), case.preparation()
    deepest = case.layers[-1]
    shown = pictures(2, SIZE, dtype=torch.float64).requires_grad_()
    maps = seen_by(plain, (deepest,), prepare(shown))[deepest]
    maps = maps[..., None, None] if maps.dim() == 2 else maps
    (wanted,) = torch.autograd.grad(maps[:, 1].flatten(1).amax(1).sum(), shown)
    with unchanged(network):
        given = Probe(network, prepare=prepare).gradients(shown.detach(), Unit(deepest, 1))
    assert wanted.abs().max() > 0
    torch.testing.assert_close(given, wanted, rtol=1e-9, atol=1e-12)


def _vit() -> nn.Module:
    network: nn.Module = torchvision.models.VisionTransformer(
        image_size=64, patch_size=16, num_layers=2, num_heads=2, hidden_dim=32, mlp_dim=64
    )
    return network


def _torchvision(name: str) -> Callable[[], nn.Module]:
    more = {"init_weights": False} if name == "googlenet" else {}

    def make() -> nn.Module:
        network: nn.Module = getattr(torchvision.models, name)(weights=None, num_classes=10, **more)
        return network

    return make


REAL: dict[str, tuple[Callable[[], nn.Module], int, tuple[str, ...]]] = {
    "alexnet": (_torchvision("alexnet"), 96, ("features.0", "features.10", "classifier.4")),
    "resnet18": (_torchvision("resnet18"), 64, ("bn1", "layer2.0", "layer4.1.bn2", "layer4", "fc")),
    "googlenet": (_torchvision("googlenet"), 64, ("maxpool1", "inception3a", "inception4e.branch2", "inception5b")),
    "densenet121": (_torchvision("densenet121"), 64, ("features.conv0", "features.denseblock2", "features.norm5")),
    "squeezenet1_1": (_torchvision("squeezenet1_1"), 64, ("features.3.squeeze", "features.7", "features.12")),
    "mobilenet_v2": (_torchvision("mobilenet_v2"), 64, ("features.1.conv.1", "features.18", "features.16")),
    "convnext_tiny": (_torchvision("convnext_tiny"), 64, ("features.1.0", "features.3", "features.5.8.block.0")),
    "vit": (_vit, 64, ("encoder.layers.encoder_layer_0", "encoder.layers.encoder_layer_1.mlp")),
    "swin_t": (_torchvision("swin_t"), 64, ("features.1.0.attn", "features.3", "features.5.1")),
}


def _as_maps(output: Tensor, name: str, size: int) -> Tensor:
    """By hand: channels last in swin, a class token and a square of patches in vit."""
    if name == "swin_t":
        return output.permute(0, 3, 1, 2)
    if name == "vit":
        return output[:, 1:].transpose(1, 2).unflatten(2, (size // 16, size // 16))  # type: ignore[no-untyped-call,no-any-return]
    return output if output.dim() == 4 else output[:, :, None, None]


@pytest.mark.parametrize("name", REAL)
def test_torchvision_networks(name: str) -> None:
    make, size, layers = REAL[name]
    layouts: dict[str, Layout] = {"features.*": "NHWC"} if name == "swin_t" else {}
    network = seeded(make().double())
    prepare = Preparation((size, size), mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    shown = pictures(2, (size, size), dtype=torch.float64).requires_grad_()
    outputs = seen_by(network, layers, prepare(shown))
    wanted = {layer: _as_maps(output, name, size) for layer, output in outputs.items()}
    peaks = wanted[layers[-1]].flatten(2).amax(2)
    unit = int(peaks.sum(0).argmax())
    (slope,) = torch.autograd.grad(peaks[:, unit].sum(), shown)
    probe = Probe(network, prepare=prepare, layouts=layouts)
    with unchanged(network):
        given = probe.activations(shown.detach(), layers)
        gradient = probe.gradients(shown.detach(), Unit(layers[-1], unit))
    for layer in layers:
        _agree(given[layer], wanted[layer].detach())
        assert probe.layer(layer).units == wanted[layer].shape[1]
        assert probe.layer(layer).map_size == tuple(wanted[layer].shape[2:])
    assert slope.abs().max() > 0
    assert (gradient - slope).abs().max() <= 1e-9 * slope.abs().max()
    if name != "vit":  # its attention looks at the shape, and asserts it
        assert probe.runner.planned(layers, prepare(shown.detach()))


class _Counting(nn.Module):
    def __init__(self, runs: Counter[str], name: str, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner
        self._count = (runs, name)

    def forward(self, x: Tensor) -> Tensor:
        runs, name = self._count
        runs[name] += 1
        out: Tensor = self.inner(x)
        return out

    def __deepcopy__(self, memo: dict[int, object]) -> _Counting:
        return _Counting(self._count[0], self._count[1], copy.deepcopy(self.inner, memo))


@pytest.mark.parametrize("optimise", [True, False])
def test_nothing_runs_after_the_deepest_layer(*, optimise: bool) -> None:
    runs: Counter[str] = Counter()
    parts = {name: nn.Conv2d(3, 3, 3, padding=1) for name in ("a", "b", "c", "d")}
    network = nn.Sequential()
    for name, part in parts.items():
        network.add_module(name, _Counting(runs, name, part))
    probe = Probe(network, prepare=Preparation(SIZE), optimise=optimise)
    probe.activations(pictures(1, SIZE), ["a", "b"])  # the first time the layers are listed, which runs all
    runs.clear()
    probe.activations(pictures(1, SIZE, seed=1), ["a", "b"])
    assert runs["a"] <= 1  # a plan calls what is inside, and counts nothing
    assert not {"c", "d"} & runs.keys()


def test_a_network_that_catches_everything_still_stops_at_the_layer() -> None:
    network = seeded(Swallowing())
    probe = Probe(network, prepare=Preparation(SIZE), optimise=False)
    shown = pictures(1, SIZE)
    torch.testing.assert_close(probe.activations(shown, ["conv"])["conv"], network.conv(shown).detach())


def test_nothing_is_changed_by_an_exception_inside() -> None:
    network = seeded(Training())
    network.conv.weight.grad = torch.ones_like(network.conv.weight)
    network.deep.weight.requires_grad_(False)
    network.norm.eval()
    probe = Probe(network, prepare=Preparation(SIZE))
    with unchanged(network):
        probe.gradients(pictures(2, SIZE), Unit("flow", 0))
        with pytest.raises(InputError, match=r"does not run on pictures of \(1, 3, 3, 3\)"):
            probe.activations(pictures(1, (3, 3)), ["flow"])
        with pytest.raises(InputError, match="N x 3 x H x W"):
            probe.activations(torch.rand(1, 1, *SIZE), ["flow"])


def test_a_network_in_training_mode_stays_there_and_is_looked_at_in_evaluation_mode() -> None:
    network = seeded(Training())
    probe = Probe(network, prepare=Preparation(SIZE))
    first, second = (probe.activations(pictures(2, SIZE), ["flow"])["flow"] for _ in range(2))
    assert network.training
    torch.testing.assert_close(first, second, rtol=0, atol=0)


@pytest.mark.parametrize("optimise", [True, False])
@pytest.mark.parametrize("change", ["in place", "replaced", "module", "buffer", "loaded", "dtype"])
def test_weights_that_change_later_are_seen(change: str, *, optimise: bool) -> None:
    network = seeded(Residual()).eval()
    probe = Probe(network, prepare=Preparation(SIZE), optimise=optimise)
    shown = pictures(2, SIZE)
    before = probe.activations(shown, ["norm2"])["norm2"]
    if change == "in place":
        with torch.no_grad():
            network.conv1.weight.mul_(-1.5)
    elif change == "replaced":
        network.conv1.weight = nn.Parameter(-network.conv1.weight.detach())
    elif change == "module":
        network.conv1 = seeded(nn.Conv2d(4, 4, 3, padding=1), seed=9)
    elif change == "buffer":
        assert network.norm2.running_mean is not None
        network.norm2.running_mean.add_(1)
    elif change == "loaded":
        network.load_state_dict(seeded(Residual(), seed=5).state_dict())
    else:
        network.double()
    with torch.no_grad():
        wanted = seen_by(network, ("norm2",), shown.to(network.conv1.weight.dtype))["norm2"]
    given = probe.activations(shown, ["norm2"])["norm2"]
    _agree(given, wanted)
    assert change == "dtype" or (given - before).abs().max() > 0.1


def test_a_plan_is_checked_for_every_shape_of_input() -> None:
    network = seeded(Shapely())
    wide, tall = pictures(1, (12, 20)), pictures(1, (20, 12))
    for probe in (Probe(network, prepare=Preparation((12, 20))), Probe(network, prepare=Preparation((20, 12)))):
        for shown in (wide, tall):
            name = probe.layer("conv").name
            given = probe.activations(shown, [name])[name]
            torch.testing.assert_close(given, network.conv(shown).detach())
    both = Probe(network, prepare=Preparation((12, 20)))
    torch.testing.assert_close(both.activations(wide, ["wide"])["wide"], network(wide).detach())


@pytest.mark.parametrize(
    ("unit", "message"),
    [
        (Unit("conw", 0), r"no layer 'conw'; did you mean conv"),
        (Unit("conv", 5), r"conv:5 does not exist: units of conv go from 0 to 4"),
        (Unit("conv", 0, (20, 0)), r"positions of conv go from 0,0 to 19,27 \(row,column\)"),
        (Unit("pool", 0, (0, 14)), r"positions of pool go from 0,0 to 9,13 \(row,column\)"),
        (Sum((Unit("conv", 0), Unit("deep", 4))), r"units of deep go from 0 to 3"),
    ],
)
def test_what_the_network_does_not_have(unit: Target, message: str) -> None:
    with pytest.raises(UnitError, match=message):
        Probe(InPlace(), prepare=Preparation(SIZE)).check(unit)


def test_scores_at_a_position_over_the_map_and_of_sums() -> None:
    network = seeded(InPlace()).double()
    probe = Probe(network, prepare=Preparation(SIZE))
    shown = pictures(3, SIZE, dtype=torch.float64)
    maps = seen_by(network, ("conv", "deep"), shown)
    at, largest = Unit("deep", 3, (2, 5)), Unit("conv", 1)
    torch.testing.assert_close(probe.scores(shown, at), maps["deep"][:, 3, 2, 5].detach())
    torch.testing.assert_close(probe.scores(shown, largest), maps["conv"][:, 1].flatten(1).amax(1).detach())
    torch.testing.assert_close(
        probe.scores(shown, at + largest), probe.scores(shown, at) + probe.scores(shown, largest)
    )
    torch.testing.assert_close(
        probe.gradients(shown, at + largest), probe.gradients(shown, at) + probe.gradients(shown, largest)
    )


def test_a_position_outside_of_a_smaller_picture_is_the_users_error() -> None:
    probe = Probe(InPlace(), prepare=Preparation(SIZE))
    with pytest.raises(UnitError, match="12 x 12"):
        probe.scores(pictures(1, (12, 12)), Unit("conv", 0, (15, 15)))


def test_a_gradient_that_nothing_reaches_is_zero() -> None:
    network = nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU())
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(-1)
    assert torch.equal(
        Probe(network, prepare=Preparation((4, 4))).gradients(pictures(2, (4, 4)), Unit("1", 0)),
        torch.zeros(2, 3, 4, 4),
    )


@pytest.mark.parametrize("optimise", [True, False])
def test_a_probe_first_used_in_inference_mode_still_gives_gradients(*, optimise: bool) -> None:
    network = seeded(Classifier())
    probe = Probe(network, prepare=Preparation(SIZE), optimise=optimise)
    with torch.inference_mode():
        probe.activations(pictures(1, SIZE), ["fc"])
    assert probe.gradients(pictures(1, SIZE), Unit("fc", 0)).abs().max() > 0


def test_any_size_of_picture_may_be_looked_at() -> None:
    network = seeded(Classifier())
    probe = Probe(network, prepare=Preparation(SIZE))
    for size in ((20, 28), (9, 33), (40, 16)):
        shown = pictures(2, size)
        _agree(probe.activations(shown, ["deep"])["deep"], seen_by(network, ("deep",), shown)["deep"].detach())


def test_identity_follows_the_weights() -> None:
    network, same, other = seeded(InPlace()), seeded(InPlace()), seeded(InPlace(), seed=1)
    assert Probe(network).identity == Probe(same).identity
    assert Probe(network).identity.name == "InPlace"
    assert Probe(network).identity != Probe(other).identity
    assert weights_sha256(network.bfloat16()) != weights_sha256(same)


@pytest.mark.cuda
def test_the_device_is_the_networks() -> None:
    network = seeded(Classifier())
    here = Probe(network, prepare=Preparation(SIZE)).activations(pictures(2, SIZE), ["fc"])["fc"]
    probe = Probe(copy.deepcopy(network).cuda(), prepare=Preparation(SIZE))
    there = probe.activations(pictures(2, SIZE), ["fc"])["fc"]
    assert there.device.type == "cuda"
    torch.testing.assert_close(there.cpu(), here, rtol=1e-3, atol=1e-3)


def test_a_changed_probe_looks_into_the_same_network() -> None:
    """The same weights, prepared otherwise: values of the plain network on pictures that are prepared so."""
    network = seeded(Classifier())
    probe = Probe(network, prepare=Preparation(SIZE), aliases={"late": "deep"}, classes=("a", "b"))
    other = Preparation(SIZE, order="BGR", mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.4))
    changed = probe.changed(prepare=other)
    shown = pictures(2, SIZE)
    with torch.no_grad():
        wanted = seen_by(seeded(Classifier()), ("deep",), other(shown))["deep"]
    _agree(changed.activations(shown, ["late"])["late"], wanted)
    assert (changed.network is network, changed.classes, changed.identity) == (True, ("a", "b"), probe.identity)
    assert probe.prepare == Preparation(SIZE)


def test_a_probe_is_written_by_its_network_and_input() -> None:
    assert repr(Probe(nn.Sequential(nn.Conv2d(3, 4, 3)), prepare=Preparation((32, 48)))) == (
        "<Probe of Sequential, input 32 x 48>"
    )
