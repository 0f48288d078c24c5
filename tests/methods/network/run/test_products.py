"""Products by oneDNN, on processors on which they are faster, against torch's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor, nn

from visualize.methods.network.run import products
from visualize.methods.network.run.input_gradient import Pointwise, SequenceFirst
from visualize.methods.network.run.products import FastLinear, pays, product

if TYPE_CHECKING:
    from collections.abc import Iterator

_AMD = {"cpu_name": "AMD EPYC"}


@pytest.fixture(autouse=True)
def on_amd(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The operation is right on every processor that torch's build has it for, and so is tried on each."""
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: _AMD, raising=False)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
    products.onednn.cache_clear()
    yield
    products.onednn.cache_clear()


def _gradients(module: nn.Module, given: Tensor) -> tuple[Tensor, Tensor]:
    leaf = given.clone(memory_format=torch.preserve_format).requires_grad_()
    output = module(leaf)
    output = output[0] if isinstance(output, tuple) else output
    signal = torch.linspace(-1, 1, output.numel()).view(output.shape)
    return output.detach(), torch.autograd.grad(output, leaf, signal)[0]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(5, 7), (2, 3, 5, 7), (7,), (0, 7)])
def test_a_linear_layer_and_its_gradient_are_torch_s(shape: tuple[int, ...], bias: bool) -> None:  # noqa: FBT001
    torch.manual_seed(0)
    linear, rows = nn.Linear(7, 4, bias=bias).requires_grad_(False), torch.randn(shape)
    for given, wanted in zip(_gradients(FastLinear(linear), rows), _gradients(linear, rows), strict=True):
        torch.testing.assert_close(given, wanted, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(FastLinear(linear)(rows), linear(rows), rtol=1e-6, atol=1e-6)


def test_a_pointwise_convolution_is_torch_s_on_maps_in_either_layout() -> None:
    torch.manual_seed(0)
    convolution = nn.Conv2d(6, 5, 1).requires_grad_(False)
    maps = torch.randn(2, 6, 4, 3)
    for layout in (torch.channels_last, torch.contiguous_format):
        laid = maps.contiguous(memory_format=layout)
        for given, wanted in zip(_gradients(Pointwise(convolution), laid), _gradients(convolution, laid), strict=True):
            torch.testing.assert_close(given, wanted, rtol=1e-6, atol=1e-6)


def test_rectifiers_may_overwrite_what_products_give() -> None:
    torch.manual_seed(0)
    linear, convolution = nn.Linear(6, 5).requires_grad_(False), nn.Conv2d(6, 5, 1).requires_grad_(False)
    maps = torch.randn(2, 6, 4, 3).contiguous(memory_format=torch.channels_last)
    rows, overwrite = torch.randn(2, 3, 4, 6), nn.ReLU(inplace=True)
    for fast, plain, given in ((FastLinear(linear), linear, rows), (Pointwise(convolution), convolution, maps)):
        made = _gradients(nn.Sequential(fast, overwrite), given), _gradients(nn.Sequential(plain, overwrite), given)
        for result, wanted in zip(*made, strict=True):
            torch.testing.assert_close(result, wanted, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("named", [{"need_weights": False}, {}, {"need_weights": False, "attn_mask": torch.eye(5)}])
def test_attention_is_torch_s_with_and_without_a_mask(named: dict[str, Any]) -> None:
    torch.manual_seed(0)
    attention = nn.MultiheadAttention(8, 2, batch_first=True).eval().requires_grad_(False)
    tokens = torch.randn(3, 5, 8)

    class ToItself(nn.Module):
        def __init__(self, attend: nn.Module) -> None:
            super().__init__()
            self.attend = attend

        def forward(self, given: Tensor) -> Tensor:
            return self.attend(given, given, given, **named)[0]  # type: ignore[no-any-return]

    results = _gradients(ToItself(SequenceFirst(attention)), tokens), _gradients(ToItself(attention), tokens)
    for given, wanted in zip(*results, strict=True):
        torch.testing.assert_close(given, wanted, rtol=1e-5, atol=1e-6)


def test_a_product_has_a_gradient_s_gradient() -> None:
    torch.manual_seed(0)
    weight, rows = torch.randn(3, 4), torch.randn(2, 4, requires_grad=True)
    (first,) = torch.autograd.grad(product(rows, weight).square().sum(), rows, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), rows)
    torch.testing.assert_close(second, 2 * (weight.T @ weight).sum(0).expand(2, 4), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["Intel(R) Xeon(R)", "", "Neoverse-V1"])
def test_other_processors_keep_torch_s_products(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    products.onednn.cache_clear()
    told = {"cpu_name": name} if name else {}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: told, raising=False)
    assert not pays(torch.zeros(2, 2))


def test_an_operation_that_takes_other_arguments_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def other(*_: object) -> Tensor:
        raise TypeError

    products.onednn.cache_clear()
    monkeypatch.setattr(torch.ops.mkldnn, "_linear_pointwise", other, raising=False)
    assert not pays(torch.zeros(2, 2))


@pytest.mark.parametrize("weight", [torch.zeros(2, 2, dtype=torch.float64), torch.zeros(2, 2, device="meta")])
def test_of_float32_on_a_processor_alone(weight: Tensor) -> None:
    assert pays(torch.zeros(2, 2)) == hasattr(torch.ops.mkldnn, "_linear_pointwise")
    assert not pays(weight)
