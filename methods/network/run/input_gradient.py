"""Modules that compute what torch's own do, with a cheaper way back to their input on a CPU.

The weights of a network that is looked into are fixed, so that only the gradient of the input is ever asked for.

:class:`ThinConvolution` is for a network's first layer. Its input has three channels, which is so few that the usual
gradient leaves most of a processor's vector lanes idle. Written by phases (Shi et al. 2016, "Is the deconvolution layer
the same as a convolutional layer?"), the pixels of every ``s x s`` block are channels of
one dense convolution of stride 1, whose output is shuffled into its place: the same sums in another order. Where the
stride is 1, two rows and two columns are such a block, and the dense convolution has a stride of 2.

:class:`Pointwise` is for convolutions of one pixel, of which every second one in many networks is one. Going back
through them is a product with the weights, for which torch, on one thread, takes up to three times as long.

:class:`FixedNorm` is for batch norms that no convolution can take in, as those of a DenseNet. In evaluation mode they
are a factor and an offset, and the way back is the factor alone.

:class:`SequenceFirst` is for attention. torch turns the axes of what it is given, and multiplies tensors that are laid
out so by weights that ask for no gradient token by token: a third of the time of a ViT. Where products pay
(:mod:`visualize.methods.network.run.products`), attention of a sequence to itself is computed by its formula.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor, nn

from visualize.methods.network.run.products import pays, product, product_of_points

_FEW = 4  # channels, below which torch's own gradient wastes most of its work
_WIDE = 3  # pixels of a kernel's side, from which on the blocks are worth their shuffling
_BLOCK = 2  # pixels of a block's side where the stride is 1: 3 x 2 x 2 channels are what a processor does at once


def suits(convolution: nn.Conv2d) -> bool:
    """Whether :class:`ThinConvolution` does what a convolution does, and sooner."""
    stride, across = convolution.stride
    return (
        convolution.in_channels <= _FEW
        and convolution.groups == 1
        and stride == across
        and min(convolution.kernel_size) >= _WIDE
        and convolution.dilation == (1, 1)
        and convolution.padding_mode == "zeros"
        and not isinstance(convolution.padding, str)
    )


class ThinConvolution(nn.Module):
    """A convolution of few input channels, whose input's gradient is a dense convolution and a shuffle.

    Args:
        convolution: one that :func:`suits`; its weights are fixed.

    Example:
        >>> convolution = nn.Conv2d(3, 8, 7, stride=2, padding=3).requires_grad_(False)
        >>> picture = torch.rand(1, 3, 20, 20, requires_grad=True)
        >>> wanted = torch.autograd.grad(convolution(picture).sum(), picture)[0]
        >>> given = torch.autograd.grad(ThinConvolution(convolution)(picture).sum(), picture)[0]
        >>> torch.allclose(given, wanted, atol=1e-5)
        True
    """

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.convolution = convolution
        stride, weight = convolution.stride[0], convolution.weight.detach()
        kernel = by_phases(weight, stride) if stride > 1 else by_blocks(weight, _BLOCK)
        self.register_buffer("kernel", kernel.contiguous(memory_format=torch.channels_last), persistent=False)

    def forward(self, pictures: Tensor) -> Tensor:
        """Output of the convolution."""
        output: Tensor = Thin.apply(pictures, self.convolution, self.kernel)
        return output


class Thin(torch.autograd.Function):
    """A convolution of few input channels with a gradient of its own: linear, as torch's is."""

    @staticmethod
    def forward(ctx: Any, pictures: Tensor, convolution: nn.Conv2d, kernel: Tensor) -> Tensor:  # noqa: ANN401 (torch's own)
        """Output of the convolution."""
        ctx.size, ctx.kernel = pictures.shape[2:], kernel
        ctx.stride, ctx.padding = convolution.stride[0], convolution.padding
        return convolution(pictures)  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN401 (torch's own)
        """Gradient of the pictures alone."""
        return blocked_gradient(gradients[0], ctx.kernel, ctx.stride, ctx.padding, ctx.size), None, None


def by_phases(weight: Tensor, stride: int) -> Tensor:
    """Kernel of the dense convolution that gives the gradient of a strided one's input, all phases as its channels.

    Args:
        weight: outputs x C x kh x kw.
        stride: s, along both axes.

    Returns:
        (s s C) x outputs x ceil(kh / s) x ceil(kw / s).
    """
    outputs, channels, height, width = weight.shape
    tall, wide = -(-height // stride), -(-width // stride)
    whole = F.pad(weight, (0, wide * stride - width, 0, tall * stride - height))
    blocks = whole.view(outputs, channels, tall, stride, wide, stride).flip(2, 4)
    return blocks.permute(3, 5, 1, 0, 2, 4).reshape(stride**2 * channels, outputs, tall, wide)


def by_blocks(weight: Tensor, side: int) -> Tensor:
    """Kernel of the convolution of stride ``side`` that gives the gradient of a dense one's input, block by block.

    Args:
        weight: outputs x C x kh x kw.
        side: of a block, pixels.

    Returns:
        (side side C) x outputs x (kh + side - 1) x (kw + side - 1).
    """
    outputs, channels, height, width = weight.shape
    turned = weight.flip(2, 3).transpose(0, 1)
    blocks = weight.new_zeros(side, side, channels, outputs, height + side - 1, width + side - 1)
    for row in range(side):
        for column in range(side):
            blocks[row, column, :, :, row : row + height, column : column + width] = turned
    return blocks.flatten(0, 2)


def blocked_gradient(
    gradient: Tensor, kernel: Tensor, stride: int, padding: tuple[int, int], size: tuple[int, int]
) -> Tensor:
    """Gradient of a convolution's input, whose pixels are written a block at a time.

    Args:
        gradient: of its output, N x outputs x rows x columns.
        kernel: of its weights, by :func:`by_phases`, or for a stride of 1 by :func:`by_blocks`.
        stride: along both axes.
        padding: of the convolution, pixels.
        size: (height, width) of its input.

    Returns:
        N x C x height x width.
    """
    side, step = (stride, 1) if stride > 1 else (_BLOCK, _BLOCK)
    around = [taps - step for taps in kernel.shape[2:]]
    short = [-(rows + taps) % step for rows, taps in zip(gradient.shape[2:], around, strict=True)]
    if any(short):  # the last block reaches beyond the picture
        gradient = F.pad(gradient, (0, short[1], 0, short[0]))
    framed = _shuffled(F.conv2d(gradient, kernel, stride=step, padding=around), side)
    lacking = [max(0, pad + side - has) for pad, side, has in zip(padding, size, framed.shape[2:], strict=True)]
    if any(lacking):  # pixels at the far border that no kernel reaches
        framed = F.pad(framed, (0, lacking[1], 0, lacking[0]))
    return framed[:, :, padding[0] : padding[0] + size[0], padding[1] : padding[1] + size[1]]


def _shuffled(blocks: Tensor, side: int) -> Tensor:
    """Blocks of pixels at their places: N x (side side C) x rows x columns -> N x C x (rows side) x (columns side).

    A row of a block, of all colours, is a run of numbers before and after: half as dear as torch's ``pixel_shuffle``.
    """
    count, channels, rows, columns = blocks.shape
    laid = blocks.permute(0, 2, 3, 1).reshape(count, rows, columns, side, -1).transpose(2, 3)
    return laid.reshape(count, rows * side, columns * side, channels // side**2).permute(0, 3, 1, 2)


def is_pointwise(convolution: nn.Conv2d) -> bool:
    """Whether :class:`Pointwise` does what a convolution does, and sooner."""
    return (
        convolution.kernel_size == convolution.stride == (1, 1)
        and convolution.groups == 1
        and convolution.padding in {(0, 0), "valid", "same"}
        and convolution.weight.dtype in {torch.float32, torch.float64, torch.bfloat16}
    )


class Pointwise(nn.Module):
    """A convolution of one pixel, whose input's gradient is a product of two matrices.

    Args:
        convolution: one that :func:`is_pointwise`; its weights are fixed.

    Example:
        >>> convolution = nn.Conv2d(4, 8, 1).requires_grad_(False)
        >>> maps = torch.rand(1, 4, 5, 5, requires_grad=True)
        >>> wanted = torch.autograd.grad(convolution(maps).sum(), maps)[0]
        >>> given = torch.autograd.grad(Pointwise(convolution)(maps).sum(), maps)[0]
        >>> torch.allclose(given, wanted, atol=1e-5)
        True
    """

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.convolution = convolution

    def forward(self, maps: Tensor) -> Tensor:
        """Output of the convolution."""
        weight = self.convolution.weight
        if maps.dim() == 4 and pays(weight) and maps.is_contiguous(memory_format=torch.channels_last):
            return product_of_points(maps, weight.flatten(1), self.convolution.bias)
        if maps.dim() != 4 or not (torch.is_grad_enabled() and maps.requires_grad):
            return self.convolution(maps)  # type: ignore[no-any-return]
        output: Tensor = Points.apply(maps, self.convolution)
        return output


class Points(torch.autograd.Function):
    """A convolution of one pixel with a gradient of its own: linear, as torch's is."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor, convolution: nn.Conv2d) -> Tensor:  # noqa: ANN401 (torch's own)
        """Output of the convolution."""
        ctx.weight = convolution.weight.detach().flatten(1)
        return convolution(maps)  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401 (torch's own)
        """Gradient of the maps alone."""
        # the units of a pixel lie next to each other in maps that are laid out channels-last
        return torch.matmul(gradients[0].permute(0, 2, 3, 1), ctx.weight).permute(0, 3, 1, 2), None


class FixedNorm(nn.Module):
    """A batch norm in evaluation mode as a factor and an offset for each channel.

    ``y = x g / sqrt(v + e) + (beta - m g / sqrt(v + e))`` (Ioffe and Szegedy 2015, algorithm 2).

    Args:
        norm: it has running statistics.

    Example:
        >>> norm = nn.BatchNorm2d(2).eval()
        >>> maps = torch.rand(1, 2, 3, 3)
        >>> torch.allclose(FixedNorm(norm)(maps), norm(maps), atol=1e-5)
        True
    """

    factor: Tensor
    offset: Tensor

    def __init__(self, norm: nn.BatchNorm2d) -> None:
        super().__init__()
        factor, offset = scaled(norm)
        dtype = next(tensor.dtype for tensor in (*norm.parameters(), *norm.buffers()))
        self.register_buffer("factor", factor.to(dtype).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("offset", offset.to(dtype).view(1, -1, 1, 1), persistent=False)

    def forward(self, maps: Tensor) -> Tensor:
        """Output of the norm."""
        return torch.addcmul(self.offset, maps, self.factor)


def scaled(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Factor and offset of each channel of a batch norm in evaluation mode, in float64."""
    if norm.running_mean is None or norm.running_var is None:
        raise ValueError("a batch norm without running statistics depends on its batch")
    factor = torch.rsqrt(norm.running_var.double() + norm.eps)
    if norm.affine:
        factor = factor * norm.weight.detach().double()
    offset = -norm.running_mean.double() * factor
    return factor, offset + norm.bias.detach().double() if norm.affine else offset


class SequenceFirst(nn.Module):
    """Attention by its formula where its products pay; else with the tokens first, where gradients are asked for.

    Args:
        attention: its tokens are the second axis (``batch_first``).

    Example:
        >>> attention = nn.MultiheadAttention(8, 2, batch_first=True).eval().requires_grad_(False)
        >>> tokens = torch.rand(2, 5, 8, requires_grad=True)
        >>> given, wanted = SequenceFirst(attention)(tokens, tokens, tokens)[0], attention(tokens, tokens, tokens)[0]
        >>> torch.allclose(given, wanted, atol=1e-5)
        True
    """

    def __init__(self, attention: nn.MultiheadAttention) -> None:
        super().__init__()
        self.attention = attention
        self.turned = copy.copy(attention)
        self.turned.batch_first = False

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        *given: Any,  # noqa: ANN401 (torch's own)
        **named: Any,  # noqa: ANN401 (torch's own)
    ) -> tuple[Tensor, Tensor | None]:
        """Output and weights of the attention."""
        if query is key and query is value and not given and _plain(self.attention, query, named):
            return _attended(self.attention, query), None
        if query.dim() != 3 or not (torch.is_grad_enabled() and query.requires_grad):
            return self.attention(query, key, value, *given, **named)  # type: ignore[no-any-return]
        # what is one tensor stays one, by which torch knows attention of a sequence to itself
        laid = {id(tensor): tensor.transpose(0, 1).contiguous() for tensor in (query, key, value)}
        output, weights = self.turned(*(laid[id(tensor)] for tensor in (query, key, value)), *given, **named)
        return output.transpose(0, 1), weights


def _plain(attention: nn.MultiheadAttention, tokens: Tensor, named: dict[str, Any]) -> bool:
    """Whether attention of a sequence to itself is no more than its formula, and its products pay."""
    weight: object = attention.in_proj_weight
    return (
        tokens.dim() == 3
        and isinstance(weight, Tensor)  # queries, keys and values may have one each
        and pays(weight)
        and tokens.dtype == weight.dtype
        and named.get("need_weights") is False
        and all(named[name] is None for name in ("key_padding_mask", "attn_mask") if name in named)
        and not named.get("is_causal", False)
        and attention.bias_k is None
        and not attention.add_zero_attn
        and not attention.training
    )


def _attended(attention: nn.MultiheadAttention, tokens: Tensor) -> Tensor:
    """Output for N x tokens x channels: softmax(Q K' / sqrt(d)) V by heads (Vaswani et al. 2017, equation 1)."""
    count, length, channels = tokens.shape
    joined = product(tokens, attention.in_proj_weight, attention.in_proj_bias)
    query, key, value = joined.view(count, length, 3, attention.num_heads, -1).permute(2, 0, 3, 1, 4)
    heads = F.scaled_dot_product_attention(query, key, value)
    out = attention.out_proj
    return product(heads.transpose(1, 2).reshape(count, length, channels), out.weight, out.bias)
