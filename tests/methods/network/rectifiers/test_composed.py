"""Rectifiers that are put together, what only looks like one, and what is out of the rules' reach."""

from __future__ import annotations

import gc
import warnings
import weakref
from typing import TYPE_CHECKING, Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor, nn

from tests.kit.explained import WAYS, Pooled
from tests.kit.networks import seeded
from tests.kit.pictures import arrays, pictures
from visualize.methods.attribution.deconvolution import Deconvolution
from visualize.methods.attribution.guided_backprop import GuidedBackpropagation
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.network.rectifiers.override import rectified
from visualize.methods.network.rectifiers.reach import out_of_reach
from visualize.methods.network.rectifiers.rules import DECONVOLUTION, GUIDED
from visualize.methods.pictures.images import Stack
from visualize.methods.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from visualize.methods.network.rectifiers.rules import Rule


SIZE = (14, 18)
_WITHOUT_A_NAME = ("hard: clamp", "hard: torch.clamp", "hard: maximum", "by hand")  # in torch's gradients
_OTHER = torch.linspace(-2, 2, 400, dtype=torch.float64)


def _back(function: Callable[[Tensor], Tensor], rule: Rule | None) -> Tensor:
    """The gradient of what a network would call, from a signal of both signs."""
    value, behind = torch.randn(2, 400, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    leaf = value.clone().requires_grad_()
    if rule is None:
        output = function(leaf * 1)
    else:
        with rectified(rule):
            output = function(leaf * 1)
    gradient: Tensor = torch.autograd.grad(output, leaf, behind)[0]
    return gradient


@pytest.mark.parametrize("rule", [DECONVOLUTION, GUIDED])
@pytest.mark.parametrize(
    "other",
    [
        lambda x: x * x,
        lambda x: torch.maximum(x, -x),
        lambda x: x + x.tanh(),
        lambda x: x * x.tanh(),
        lambda x: x * _OTHER.sigmoid(),
        lambda x: torch.where(_OTHER > 0, x, 0.0),
        lambda x: x * (x.flip(0)).sigmoid(),
        lambda x: x * x.softmax(0),
        lambda x: x * x.mean().sigmoid(),
        lambda x: torch.where(x > 0, x, -x),
        lambda x: 2 * x - 0.5 * x,
    ],
)
def test_what_is_no_rectifier_of_one_tensor_keeps_its_gradient(other: Callable[[Tensor], Tensor], rule: Rule) -> None:
    torch.testing.assert_close(_back(other, rule), _back(other, None))


def test_a_shortcut_around_a_rectifier_is_no_rectifier() -> None:
    """In x + relu(x) the signal passes the sum whole: the rule holds for one of its two ways."""
    behind = torch.randn(2, 400, dtype=torch.float64, generator=torch.Generator().manual_seed(0))[1]
    for rectify in (torch.relu, lambda x: x * x.sigmoid(), lambda x: torch.where(x > 0, x, 0.0)):
        given = _back(lambda x, rectify=rectify: x + rectify(x), DECONVOLUTION)  # type: ignore[misc]
        torch.testing.assert_close(given, behind + behind.clamp(min=0))


def test_a_gate_that_was_overwritten_is_not_taken_for_what_it_was() -> None:
    def other(x: Tensor) -> Tensor:
        gate = (x > 0).to(x.dtype)
        gate.mul_(_OTHER)
        return x * gate

    torch.testing.assert_close(_back(other, DECONVOLUTION), _back(other, None))


@pytest.mark.parametrize("way", ["hard: clamp", "hard: threshold", "leaky", "randomised", "GELU", "SiLU", "hardswish"])
@pytest.mark.parametrize("rule", [DECONVOLUTION, GUIDED])
def test_what_follows_may_overwrite_the_output_where_torch_allows_it(way: str, rule: Rule) -> None:
    rectify = WAYS[way].rectify
    torch.testing.assert_close(_back(lambda x: rectify(x).mul_(2), rule), _back(lambda x: rectify(x) * 2, rule))


def test_a_bounded_rectifier_may_be_overwritten() -> None:
    """As in F.relu6(x + 3).div_(6)."""
    given = _back(lambda x: F.relu6(x + 3).div_(6), DECONVOLUTION)
    torch.testing.assert_close(given, _back(lambda x: F.relu6(x + 3) / 6, DECONVOLUTION))


@pytest.mark.parametrize("rectify", [lambda x: x * x.sigmoid(), lambda x: torch.where(x > 0, x, 0.0)])
def test_nothing_of_a_run_outlives_it(rectify: Callable[[Tensor], Tensor]) -> None:
    gc.disable()
    try:
        leaf = torch.randn(5, requires_grad=True)
        with rectified(DECONVOLUTION):
            inner = leaf * 2
            alive = weakref.ref(inner)
            output = rectify(inner)
        torch.autograd.grad(output.sum(), leaf)
        del inner, output
        assert alive() is None
    finally:
        gc.enable()


class _Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # noqa: ANN401 (torch's own context)
        ctx.save_for_backward(x)
        return x * x.sigmoid()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ANN401 (torch's own context)
        x: Tensor = ctx.saved_tensors[0]
        return gradients[0] * (x.sigmoid() * (1 + x * (1 - x.sigmoid())))


def _scripted() -> Callable[[Tensor], Tensor]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scripted: Callable[[Tensor], Tensor] = torch.jit.script(nn.ReLU())
    return scripted


@pytest.mark.parametrize(("name", "rectify"), [("_Swish", _Swish.apply), ("Relu", _scripted())])
def test_what_is_out_of_reach_is_named_in_the_notes(name: str, rectify: Callable[[Tensor], Tensor]) -> None:
    probe = Probe(seeded(Pooled(rectify)), prepare=Preparation(SIZE), optimise=False)
    for method in (Deconvolution(), GuidedBackpropagation()):
        (result,) = method(probe, Unit("block", 2), Stack(arrays(1, SIZE)))
        wanted = f"operations on the way to block are out of the rule's reach and keep their own gradient: {name}"
        assert wanted in result.notes


def test_a_first_convolution_with_a_cheaper_gradient_is_no_rectifier() -> None:
    first = nn.Conv2d(3, 8, 7, stride=2, padding=3)
    probe = Probe(seeded(nn.Sequential(first, nn.ReLU(), nn.Conv2d(8, 4, 3))), prepare=Preparation((32, 32)))
    (result,) = Deconvolution()(probe, Unit("2", 1), Stack(arrays(1, (32, 32))))
    assert not [note for note in result.notes if "out of the rule's reach" in note]


@pytest.mark.parametrize("way", WAYS)
def test_no_rectifier_that_is_known_is_out_of_reach(way: str) -> None:
    network = seeded(Pooled(WAYS[way].rectify)).double()
    inputs = pictures(1, SIZE, dtype=torch.float64).requires_grad_()
    with rectified(DECONVOLUTION):
        output = network(inputs)
    assert out_of_reach([output]) == ()
    if not way.startswith(_WITHOUT_A_NAME):
        assert out_of_reach([network(inputs)]) != ()


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("Swish", nn.SiLU()), ("Mish", nn.Mish()), ("HardSwish", nn.Hardswish()), ("GELU", nn.GELU()),
     ("GELUTanh", nn.GELU(approximate="tanh")), ("QuickGELU", None)],
)  # fmt: skip
def test_timms_own_activations_follow_the_rule_as_torchs_do(theirs: str, ours: nn.Module | None) -> None:
    layers = pytest.importorskip("timm.layers.activations")
    wanted = (lambda x: x * (1.702 * x).sigmoid()) if ours is None else ours
    for rule in (DECONVOLUTION, GUIDED):
        given = _back(getattr(layers, theirs)(), rule)
        torch.testing.assert_close(given, _back(wanted, rule), rtol=1e-6, atol=1e-9)
        assert not torch.allclose(given, _back(wanted, None))


@pytest.mark.parametrize(
    ("name", "size"),
    [("resnetv2_50", 64), ("efficientnet_b0", 64), ("mobilenetv3_small_050", 64), ("convnext_atto", 64),
     ("vit_tiny_patch16_224", 224), ("regnety_002", 64)],
)  # fmt: skip
def test_no_rectifier_of_timms_networks_is_out_of_reach(name: str, size: int) -> None:
    network = pytest.importorskip("timm").create_model(name, pretrained=False).eval()
    inputs = torch.randn(1, 3, size, size, requires_grad=True)
    with rectified(DECONVOLUTION):
        output = network(inputs)
    assert out_of_reach([output]) == ()
    assert out_of_reach([network(inputs)]) != ()


@pytest.mark.parametrize("name", ["mobilenet_v2", "mobilenet_v3_small", "efficientnet_b0", "shufflenet_v2_x0_5"])
def test_no_rectifier_of_torchvisions_networks_is_out_of_reach(name: str) -> None:
    import torchvision

    network = getattr(torchvision.models, name)(weights=None).eval()
    inputs = torch.randn(1, 3, 64, 64, requires_grad=True)
    with rectified(GUIDED):
        output = network(inputs)
    assert out_of_reach([output]) == ()


def test_guided_backpropagation_through_a_convnext_block_is_its_formula() -> None:
    """Depthwise convolution, layer norm, linear, GELU, linear, scale and shortcut, each way back written out."""
    from torchvision.models.convnext import CNBlock

    block = seeded(CNBlock(6, layer_scale=0.7, stochastic_depth_prob=0.0)).double().eval()
    stem = seeded(nn.Conv2d(3, 6, 2, stride=2)).double()
    shown = pictures(1, SIZE, dtype=torch.float64)
    probe = Probe(nn.Sequential(stem, block), prepare=Preparation(SIZE))
    conv, norm, widen, narrow = (block.block[place] for place in (0, 2, 3, 5))
    with torch.no_grad():
        first = stem(shown)
        spread = conv(first).permute(0, 2, 3, 1)
        bent = widen(norm(spread))
        signal = torch.zeros_like(first)
        signal[0, 2, 3, 4] = 1
        inner = ((signal * block.layer_scale).permute(0, 2, 3, 1) @ narrow.weight).clamp(min=0)
        before = WAYS["GELU"].derivative(bent).clamp(min=0) * inner
        normal = before @ widen.weight * norm.weight  # then layer norm's own way back
        deviation = (spread.var(-1, correction=0, keepdim=True) + norm.eps).sqrt()
        scaled = (spread - spread.mean(-1, keepdim=True)) / deviation
        plain = normal - normal.mean(-1, keepdim=True) - scaled * (normal * scaled).mean(-1, keepdim=True)
        back = F.conv_transpose2d((plain / deviation).permute(0, 3, 1, 2), conv.weight, padding=3, groups=6)
        wanted = F.conv_transpose2d(signal + back, stem.weight, stride=2)
    given = GuidedBackpropagation().attribute(probe, shown, Unit("1", 2, (3, 4)))
    torch.testing.assert_close(given, wanted, rtol=1e-9, atol=1e-12)
    assert (wanted - F.conv_transpose2d(signal, stem.weight, stride=2)).abs().max() > 1e-3
