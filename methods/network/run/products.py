"""Products with fixed weights, by the library that is fast on the processor at hand.

The idea: torch multiplies matrices of float32 by MKL, which leaves half of an AMD processor with AVX-512 idle, for it
computes in AVX2 there. oneDNN, by which torch computes convolutions and bfloat16, does not: the same product takes 0.45
of the time on one thread and on two.

How it works: linear layers, and convolutions of one pixel on maps that are laid out channels-last, are products of rows
with a matrix. Where :func:`pays` says so, :class:`Product` computes them by oneDNN, forward and back.

What it cannot do: it asks for an operation of torch's that torch keeps for its own compiler. Where a version of torch
does not have it, or has it with other arguments, all is computed as before. Sums are in another order, so that results
differ in their last bits from those of MKL.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from visualize.methods.network.processor import capabilities

if TYPE_CHECKING:
    from collections.abc import Callable

    Operation = Callable[[Tensor, Tensor, Tensor | None, str, list[float], str], Tensor]


@functools.cache
def onednn() -> Operation | None:
    """Product of rows and weights by oneDNN, on processors on which MKL is slow; None elsewhere."""
    processor = str(capabilities().get("cpu_name", ""))
    operation: Operation | None = getattr(torch.ops.mkldnn, "_linear_pointwise", None)
    if operation is None or not processor.startswith("AMD") or torch.backends.cpu.get_cpu_capability() != "AVX512":
        return None
    rows = torch.arange(6.0).view(2, 3)
    try:
        right = torch.equal(operation(rows, rows, torch.ones(2), "none", [], ""), rows @ rows.T + 1)
    except Exception:  # noqa: BLE001 (torch's own operation, which may change)
        return None
    return operation if right else None


def pays(weight: Tensor) -> bool:
    """Whether products with a weight are taken by oneDNN.

    Args:
        weight: outputs x inputs.
    """
    return weight.dtype == torch.float32 and weight.device.type == "cpu" and onednn() is not None


def product(rows: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``rows @ weight.T + bias``, with a gradient of the rows alone.

    Args:
        rows: ... x inputs.
        weight: outputs x inputs; it :func:`pays`.
        bias: of the outputs, if there is one.

    Returns:
        ... x outputs.
    """
    if torch.is_grad_enabled() and rows.requires_grad:
        output: Tensor = Product.apply(rows, weight, bias)
        return output
    return _product(rows, weight, bias)


def _product(rows: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    operation = onednn()
    if operation is None or not rows.numel():
        return nn.functional.linear(rows, weight, bias)
    return operation(rows.contiguous(), weight, bias, "none", [], "")


class Product(torch.autograd.Function):
    """A product with weights that are fixed: linear, as torch's is."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:  # noqa: ANN401 (torch's own)
        """Rows times weights, and the bias."""
        ctx.weight = weight.detach()
        return _alone(_product(rows, ctx.weight, None if bias is None else bias.detach()))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN401 (torch's own)
        """Gradient of the rows alone."""
        return product(gradients[0], ctx.weight.t()), None, None


def product_of_points(maps: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """A convolution of one pixel, with a gradient of the maps alone.

    Args:
        maps: N x inputs x rows x columns, laid out channels-last, so that the units of a pixel lie next to each other.
        weight: outputs x inputs; it :func:`pays`.
        bias: of the outputs, if there is one.

    Returns:
        N x outputs x rows x columns, channels-last.
    """
    if torch.is_grad_enabled() and maps.requires_grad:
        output: Tensor = PointProduct.apply(maps, weight, bias)
        return output
    return _product_of_points(maps, weight, bias)


def _product_of_points(maps: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    return _alone(_product(maps.permute(0, 2, 3, 1), weight, bias).permute(0, 3, 1, 2))


def _alone(output: Tensor) -> Tensor:
    """Output as no view, in its own memory: rectifiers in place may overwrite no view that a function of ours gives."""
    alone: Tensor = output.new_empty(0)
    memory = output.untyped_storage()
    alone.set_(memory, output.storage_offset(), output.shape, output.stride())
    return alone


class PointProduct(torch.autograd.Function):
    """A convolution of one pixel with weights that are fixed: linear, as torch's is."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:  # noqa: ANN401 (torch's own)
        """Output of the convolution."""
        ctx.weight = weight.detach()
        return _product_of_points(maps, ctx.weight, None if bias is None else bias.detach())

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN401 (torch's own)
        """Gradient of the maps alone."""
        return product(gradients[0].permute(0, 2, 3, 1), ctx.weight.t()).permute(0, 3, 1, 2), None, None


class FastLinear(nn.Module):
    """A linear layer by :func:`product`.

    Args:
        linear: its weights are fixed, and :func:`pays` of them.

    Example:
        >>> linear, rows = nn.Linear(4, 3).requires_grad_(False), torch.rand(2, 4)
        >>> torch.allclose(FastLinear(linear)(rows), linear(rows), atol=1e-6)
        True
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.linear = linear

    def forward(self, rows: Tensor) -> Tensor:
        """Output of the layer."""
        return product(rows, self.linear.weight, self.linear.bias)
