"""Gradients of convolutions of each channel, of means and of activations, which replace torch's own."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, fx, nn

from visualize.methods import Probe
from visualize.methods.network.rectifiers.override import rectified
from visualize.methods.network.rectifiers.reach import out_of_reach
from visualize.methods.network.rectifiers.rules import DECONVOLUTION
from visualize.methods.network.run.depthwise_gradient import Depthwise, is_depthwise
from visualize.methods.network.run.mean_gradient import GlobalMean, is_mean, lighten_means, mean_of_places
from visualize.methods.network.run.out_of_place import COPYING, OutOfPlace


@pytest.mark.parametrize(
    "settings",
    [
        {"kernel_size": 3, "padding": 1},
        {"kernel_size": 5},
        {"kernel_size": (3, 4), "padding": (2, 0), "bias": False},
        {"kernel_size": 3, "padding": (2, 1), "dilation": (1, 2)},
        {"kernel_size": 3, "stride": 2, "padding": 1},
        {"kernel_size": (5, 2), "stride": (2, 3), "padding": (4, 1)},
        {"kernel_size": 3, "stride": (1, 2), "padding": 2, "dilation": 2},
        {"kernel_size": 2, "stride": 5},
    ],
)
@pytest.mark.parametrize("size", [(11, 12), (14, 9)])
def test_the_gradient_of_a_depthwise_convolution_is_torch_s_in_float64(
    size: tuple[int, int], settings: dict[str, Any]
) -> None:
    torch.manual_seed(0)
    convolution = nn.Conv2d(6, 6, groups=6, **settings).double().requires_grad_(False)
    maps = torch.randn(2, 6, *size, dtype=torch.float64, requires_grad=True)
    wanted, given = convolution(maps), Depthwise(convolution)(maps)
    assert torch.equal(given, wanted)
    signal = torch.randn_like(wanted)
    (back,) = torch.autograd.grad(wanted, maps, signal)
    torch.testing.assert_close(torch.autograd.grad(given, maps, signal)[0], back, rtol=0, atol=1e-12)


def test_the_gradient_of_a_depthwise_convolution_in_bfloat16_is_float32_s_to_its_digits() -> None:
    torch.manual_seed(0)
    convolution = nn.Conv2d(6, 6, 3, stride=2, padding=1, groups=6).requires_grad_(False).bfloat16()
    assert is_depthwise(convolution)
    maps = torch.randn(2, 6, 12, 12).bfloat16().requires_grad_()
    (given,) = torch.autograd.grad(Depthwise(convolution)(maps).float().square().sum(), maps)
    exact = maps.detach().float().requires_grad_()
    (wanted,) = torch.autograd.grad(convolution.float()(exact).square().sum(), exact)
    assert float((given.float() - wanted).norm() / wanted.norm()) < 2**-7  # two roundings to eight digits


@pytest.mark.parametrize(
    "convolution",
    [
        nn.Conv2d(6, 12, 3, groups=6),
        nn.Conv2d(6, 6, 3, groups=3),
        nn.Conv2d(6, 6, 3, stride=2, groups=6),
        nn.Conv2d(6, 6, 3, padding=3, groups=6),
        nn.Conv2d(6, 6, 3, padding="same", groups=6),
        nn.Conv2d(6, 6, 3, padding=1, padding_mode="reflect", groups=6),
        nn.Conv2d(1, 1, 3),
    ],
)
def test_other_convolutions_are_left_to_torch(convolution: nn.Conv2d) -> None:
    assert not is_depthwise(convolution)


@pytest.mark.parametrize(
    ("light", "plain"),
    [
        (GlobalMean(), nn.AdaptiveAvgPool2d(1)),
        (lambda maps: mean_of_places(maps, (2, 3)), nn.AdaptiveAvgPool2d((1, 1))),
    ],
)
def test_a_mean_that_gates_its_own_map_has_torch_s_gradient_to_the_bit(light: Any, plain: nn.Module) -> None:  # noqa: ANN401
    torch.manual_seed(0)
    maps = torch.randn(2, 3, 5, 7).contiguous(memory_format=torch.channels_last).requires_grad_()
    given, wanted = ((maps * torch.sigmoid(mean(maps))).square().sum() for mean in (light, plain))
    assert torch.equal(given, wanted)
    assert torch.equal(torch.autograd.grad(given, maps)[0], torch.autograd.grad(wanted, maps)[0])


class _Means(nn.Module):
    def forward(self, maps: Tensor) -> tuple[Tensor, ...]:
        whole = maps.mean((2, 3), keepdim=True), maps.mean(dim=[-2, -1], keepdim=True), maps.mean((2, 3), True)
        return *whole, maps.mean((2, 3)), maps.mean((1, 2), keepdim=True), maps.mean()


def test_of_a_graph_only_means_over_all_places_are_computed_anew() -> None:
    traced = fx.symbolic_trace(_Means())
    lighten_means(traced.graph)
    traced.recompile()
    assert sum(node.target is mean_of_places for node in traced.graph.nodes) == 3
    for maps in (torch.rand(2, 3, 4, 5, requires_grad=True), torch.rand(2, 3, 4, 5, 6, requires_grad=True)):
        for given, wanted in zip(traced(maps), _Means()(maps), strict=True):
            torch.testing.assert_close(given, wanted)


def test_pools_to_more_places_are_no_means() -> None:
    assert [is_mean(nn.AdaptiveAvgPool2d(size)) for size in (1, (1, 1), 2, (1, None))] == [True, True, False, False]


@pytest.mark.parametrize("kind", COPYING)
def test_activations_write_anew_only_where_a_gradient_is_asked_for(kind: type[nn.Module]) -> None:
    activation = OutOfPlace(kind(inplace=True))
    maps = torch.linspace(-4, 7, 23)
    wanted = kind()(maps)
    leaf = maps.clone().requires_grad_()
    given = leaf * 1
    assert torch.equal(activation(given), wanted)
    assert torch.equal(given, maps)  # and so the way back needs no copy of it
    activation(given).sum().backward()
    free = maps.clone()
    assert torch.equal(activation(free), wanted)
    assert torch.equal(free, wanted)


class _SqueezeAndExcitation(nn.Module):
    """A block of a MobileNetV3: each of the three, and a gate."""

    def __init__(self) -> None:
        super().__init__()
        self.wide, self.act = nn.Conv2d(3, 8, 1), nn.Hardswish(inplace=True)
        self.depthwise, self.swish = nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.SiLU(inplace=True)
        self.pool, self.gate = nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 8, 1)

    def forward(self, pictures: Tensor) -> Tensor:
        maps = self.swish(self.depthwise(self.act(self.wide(pictures))))
        return maps * torch.sigmoid(self.gate(self.pool(maps)))  # type: ignore[no-any-return]


def test_a_network_of_all_of_them_runs_by_its_plan_with_torch_s_gradient() -> None:
    torch.manual_seed(0)
    network = _SqueezeAndExcitation().eval()
    probe = Probe(network)
    pictures = torch.rand(2, 3, 32, 32, requires_grad=True)
    given = probe.activations(pictures, ["logits"])["logits"]
    prepared = probe.prepare(pictures)
    wanted = network(prepared)
    signal = torch.randn_like(wanted)
    torch.testing.assert_close(given, wanted)
    (back,) = torch.autograd.grad(wanted, pictures, signal)
    torch.testing.assert_close(torch.autograd.grad(given, pictures, signal)[0], back)


def test_none_of_them_is_taken_for_a_rectifier_that_no_rule_reaches() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 8, 1), nn.ReLU(), nn.Conv2d(8, 8, 3, groups=8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(8, 4), nn.ReLU(),
    )  # fmt: skip
    inputs = torch.rand(2, 3, 32, 32, requires_grad=True)
    with rectified(DECONVOLUTION):
        assert out_of_reach([Probe(network.eval()).respond(inputs, ["logits"])["logits"]]) == ()
