"""Modules that compute what torch's own do, with a cheaper way back to their input on a CPU.

The weights of a network that is looked into are fixed, so that only the gradient of the input is ever asked for.

:class:`StridedConvolution` is for a network's first layer. Its input has three channels, which is so few that the usual
gradient leaves most of a processor's vector lanes idle. Written by phases (Shi et al. 2016, "Is the deconvolution layer
the same as a convolutional layer?"), the pixels of every ``s x s`` block are channels of
one dense convolution of stride 1, whose output is shuffled into its place: the same sums in another order.

:class:`FixedNorm` is for batch norms that no convolution can take in, as those of a DenseNet. In evaluation mode they
are a factor and an offset, and the way back is the factor alone.

:class:`SequenceFirst` is for attention. torch turns the axes of what it is given, and multiplies tensors that are laid
out so by weights that ask for no gradient token by token: a third of the time of a ViT.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor, nn

_FEW = 4  # channels, below which torch's own gradient wastes most of its work
_WIDE = 4  # pixels of a kernel's side, from which on the blocks are worth their shuffling


def suits(convolution: nn.Conv2d) -> bool:
    """Whether :class:`StridedConvolution` does what a convolution does, and sooner."""
    stride, across = convolution.stride
    return (
        convolution.in_channels <= _FEW
        and convolution.groups == 1
        and stride == across > 1
        and min(convolution.kernel_size) >= _WIDE
        and convolution.dilation == (1, 1)
        and convolution.padding_mode == "zeros"
        and not isinstance(convolution.padding, str)
    )


class StridedConvolution(nn.Module):
    """A convolution of few input channels, whose input's gradient is a dense convolution and a shuffle.

    Args:
        convolution: one that :func:`suits`; its weights are fixed.

    Example:
        >>> convolution = nn.Conv2d(3, 8, 7, stride=2, padding=3).requires_grad_(False)
        >>> picture = torch.rand(1, 3, 20, 20, requires_grad=True)
        >>> wanted = torch.autograd.grad(convolution(picture).sum(), picture)[0]
        >>> given = torch.autograd.grad(StridedConvolution(convolution)(picture).sum(), picture)[0]
        >>> torch.allclose(given, wanted, atol=1e-5)
        True
    """

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.convolution = convolution
        weight = by_phases(convolution.weight.detach(), convolution.stride[0])
        self.register_buffer("phases", weight.contiguous(memory_format=torch.channels_last), persistent=False)

    def forward(self, pictures: Tensor) -> Tensor:
        """Output of the convolution."""
        output: Tensor = Strided.apply(pictures, self.convolution, self.phases)
        return output


class Strided(torch.autograd.Function):
    """A strided convolution with a gradient of its own: linear, as torch's is."""

    @staticmethod
    def forward(ctx: Any, pictures: Tensor, convolution: nn.Conv2d, phases: Tensor) -> Tensor:  # noqa: ANN401 (torch's own)
        """Output of the convolution."""
        ctx.size, ctx.phases = pictures.shape[2:], phases
        ctx.stride, ctx.padding = convolution.stride[0], convolution.padding
        return convolution(pictures)  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN401 (torch's own)
        """Gradient of the pictures alone."""
        return phased_gradient(gradients[0], ctx.phases, ctx.stride, ctx.padding, ctx.size), None, None


def by_phases(weight: Tensor, stride: int) -> Tensor:
    """Kernel of the dense convolution that gives the gradient of a strided one's input, all phases as its channels.

    Args:
        weight: outputs x C x kh x kw.
        stride: s, along both axes.

    Returns:
        (C s s) x outputs x ceil(kh / s) x ceil(kw / s).
    """
    outputs, channels, height, width = weight.shape
    tall, wide = -(-height // stride), -(-width // stride)
    whole = F.pad(weight, (0, wide * stride - width, 0, tall * stride - height))
    blocks = whole.view(outputs, channels, tall, stride, wide, stride).flip(2, 4)
    return blocks.permute(1, 3, 5, 0, 2, 4).reshape(channels * stride**2, outputs, tall, wide)


def phased_gradient(
    gradient: Tensor, phases: Tensor, stride: int, padding: tuple[int, int], size: tuple[int, int]
) -> Tensor:
    """Gradient of a strided convolution's input.

    Args:
        gradient: of its output, N x outputs x rows x columns.
        phases: its weights, :func:`by_phases`.
        stride: along both axes.
        padding: of the convolution, pixels.
        size: (height, width) of its input.

    Returns:
        N x C x height x width.
    """
    tall, wide = phases.shape[2:]
    blocks = F.conv2d(gradient, phases, padding=(tall - 1, wide - 1))
    framed = F.pixel_shuffle(blocks, stride)
    lacking = [max(0, pad + side - has) for pad, side, has in zip(padding, size, framed.shape[2:], strict=True)]
    if any(lacking):  # pixels at the far border that no kernel reaches
        framed = F.pad(framed, (0, lacking[1], 0, lacking[0]))
    return framed[:, :, padding[0] : padding[0] + size[0], padding[1] : padding[1] + size[1]]


class FixedNorm(nn.Module):
    """A batch norm in evaluation mode as a factor and an offset for each channel.

    ``y = x g / sqrt(v + e) + (beta - m g / sqrt(v + e))`` (Ioffe and Szegedy 2015, algorithm 2).

    Args:
        norm: it has running statistics.

    Example:
        >>> norm = nn.BatchNorm2d(2).eval()
        >>> maps = torch.rand(1, 2, 3, 3)
        >>> torch.allclose(FixedNorm(norm)(maps), norm(maps))
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
    """Attention that writes its input down with the tokens first, where gradients are asked for.

    Args:
        attention: its tokens are the second axis (``batch_first``).

    Example:
        >>> attention = nn.MultiheadAttention(8, 2, batch_first=True).eval().requires_grad_(False)
        >>> tokens = torch.rand(2, 5, 8, requires_grad=True)
        >>> torch.allclose(SequenceFirst(attention)(tokens, tokens, tokens)[0], attention(tokens, tokens, tokens)[0])
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
        if query.dim() != 3 or not (torch.is_grad_enabled() and query.requires_grad):
            return self.attention(query, key, value, *given, **named)  # type: ignore[no-any-return]
        # what is one tensor stays one, by which torch knows attention of a sequence to itself
        laid = {id(tensor): tensor.transpose(0, 1).contiguous() for tensor in (query, key, value)}
        output, weights = self.turned(*(laid[id(tensor)] for tensor in (query, key, value)), *given, **named)
        return output.transpose(0, 1), weights
