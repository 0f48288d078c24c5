"""Ways back to the input that replace torch's own."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from visualize.methods import Probe
from visualize.methods.network.run.input_gradient import (
    FixedNorm,
    Pointwise,
    SequenceFirst,
    ThinConvolution,
    is_pointwise,
    suits,
)


@pytest.mark.parametrize(
    ("size", "settings"),
    [
        ((33, 40), {"kernel_size": 11, "stride": 4, "padding": 2}),
        ((30, 31), {"kernel_size": 7, "stride": 2, "padding": 3}),
        ((17, 19), {"kernel_size": (4, 5), "stride": 3, "padding": (0, 1), "bias": False}),
        ((16, 23), {"kernel_size": 4, "stride": 4}),
        ((15, 14), {"kernel_size": 4, "stride": 6}),
        ((17, 14), {"kernel_size": 3, "stride": 2}),
        ((12, 14), {"kernel_size": 3, "padding": 1}),
        ((13, 16), {"kernel_size": (3, 4), "padding": (0, 3)}),
        ((9, 7), {"kernel_size": 7, "padding": 5}),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_the_gradient_by_phases_or_blocks_is_torch_s_in_float64(
    size: tuple[int, int], settings: dict[str, int], channels: int
) -> None:
    torch.manual_seed(0)
    convolution = nn.Conv2d(channels, 6, **settings).double().requires_grad_(False)  # type: ignore[arg-type]
    assert suits(convolution)
    pictures = torch.randn(2, channels, *size, dtype=torch.float64, requires_grad=True)
    wanted, given = convolution(pictures), ThinConvolution(convolution)(pictures)
    assert torch.equal(given, wanted)
    signal = torch.randn_like(wanted)
    (back,) = torch.autograd.grad(wanted, pictures, signal)
    torch.testing.assert_close(torch.autograd.grad(given, pictures, signal)[0], back, rtol=0, atol=1e-12)


def test_the_gradient_by_phases_has_a_gradient_itself() -> None:
    torch.manual_seed(0)
    convolution = ThinConvolution(nn.Conv2d(1, 2, 4, stride=2, padding=1).double().requires_grad_(False))
    pictures = torch.randn(1, 1, 7, 8, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda value: convolution(value).square(), pictures)


@pytest.mark.parametrize(
    "convolution",
    [
        nn.Conv2d(3, 4, 2, stride=2),
        nn.Conv2d(3, 4, 1),
        nn.Conv2d(8, 4, 7, stride=2),
        nn.Conv2d(3, 3, 7, stride=2, groups=3),
        nn.Conv2d(3, 4, 7, stride=(2, 1)),
        nn.Conv2d(3, 4, 7, stride=2, dilation=2),
        nn.Conv2d(3, 4, 7, stride=2, padding=3, padding_mode="reflect"),
    ],
)
def test_other_convolutions_keep_torch_s_gradient(convolution: nn.Conv2d) -> None:
    assert not suits(convolution)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("memory_format", [torch.channels_last, torch.contiguous_format])
def test_the_gradient_of_a_pointwise_convolution_is_torch_s(*, bias: bool, memory_format: torch.memory_format) -> None:
    torch.manual_seed(0)
    convolution = nn.Conv2d(5, 3, 1, bias=bias).double().requires_grad_(False)
    assert is_pointwise(convolution)
    maps = torch.randn(2, 5, 4, 6, dtype=torch.float64).to(memory_format=memory_format).requires_grad_()
    wanted, given = convolution(maps), Pointwise(convolution)(maps)
    assert torch.equal(given, wanted)
    signal = torch.randn(2, 6, 4, 6, dtype=torch.float64)[:, ::2]  # a part of a larger tensor, as behind a join
    (back,) = torch.autograd.grad(wanted, maps, signal)
    torch.testing.assert_close(torch.autograd.grad(given, maps, signal)[0], back, rtol=0, atol=1e-14)


def test_the_gradient_of_a_pointwise_convolution_has_a_gradient_itself() -> None:
    convolution = Pointwise(nn.Conv2d(2, 2, 1).double().requires_grad_(False))
    maps = torch.randn(1, 2, 2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda value: convolution(value).square(), maps)


def test_strided_grouped_and_padded_points_keep_torch_s_gradient() -> None:
    others = [
        nn.Conv2d(4, 4, 1, stride=2),
        nn.Conv2d(4, 4, 1, groups=2),
        nn.Conv2d(4, 4, 1, padding=1),
        nn.Conv2d(4, 4, 3),
    ]
    assert not any(map(is_pointwise, others))


@pytest.mark.parametrize("affine", [True, False])
def test_a_fixed_norm_is_the_norm_and_so_is_its_gradient(*, affine: bool) -> None:
    torch.manual_seed(0)
    norm = nn.BatchNorm2d(5, affine=affine).double()
    for _ in range(3):
        norm(torch.randn(8, 5, 4, 4, dtype=torch.float64) * 3 + 1)
    norm.eval()
    if affine:
        nn.init.normal_(norm.weight)
        nn.init.normal_(norm.bias)
    maps = torch.randn(2, 5, 3, 4, dtype=torch.float64, requires_grad=True)
    wanted, given = norm(maps), FixedNorm(norm)(maps)
    torch.testing.assert_close(given, wanted, rtol=0, atol=1e-13)
    (back,) = torch.autograd.grad(wanted.square().sum(), maps)
    torch.testing.assert_close(torch.autograd.grad(given.square().sum(), maps)[0], back, rtol=0, atol=1e-12)


def test_a_norm_without_running_statistics_is_refused() -> None:
    with pytest.raises(ValueError, match="running statistics"):
        FixedNorm(nn.BatchNorm2d(2, track_running_stats=False))


def test_a_probe_s_gradient_is_that_of_the_network_and_the_same_bits_again() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 8, 7, stride=2, padding=3), nn.ReLU(), nn.MaxPool2d(2), nn.BatchNorm2d(8), nn.Conv2d(8, 4, 3)
    ).eval()
    pictures = torch.rand(2, 3, 224, 224, requires_grad=True)
    probe = Probe(network)
    (wanted,) = torch.autograd.grad(network(pictures).square().sum(), pictures)
    given, again = (
        torch.autograd.grad(probe.activations(pictures, ["4"])["4"].square().sum(), pictures)[0] for _ in range(2)
    )
    assert probe.runner.planned(["4"], pictures)
    torch.testing.assert_close(given, wanted, rtol=1e-4, atol=float(wanted.abs().max()) * 1e-5)
    assert torch.equal(given, again)


@pytest.mark.parametrize("itself", [True, False])
def test_attention_and_its_gradients_are_torch_s(*, itself: bool) -> None:
    torch.manual_seed(0)
    attention = nn.MultiheadAttention(12, 3, batch_first=True).double().eval().requires_grad_(False)
    query = torch.randn(2, 5, 12, dtype=torch.float64, requires_grad=True)
    key = query if itself else torch.randn(2, 7, 12, dtype=torch.float64)
    wanted, weights = attention(query, key, key)
    given, shares = SequenceFirst(attention)(query, key, key)
    torch.testing.assert_close(given, wanted, rtol=0, atol=1e-13)
    torch.testing.assert_close(shares, weights, rtol=0, atol=1e-13)
    signal = torch.randn_like(wanted)
    (back,) = torch.autograd.grad(wanted, query, signal)
    torch.testing.assert_close(torch.autograd.grad(given, query, signal)[0], back, rtol=0, atol=1e-12)
