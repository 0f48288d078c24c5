"""Convolutions of each channel by itself (depthwise), with a cheaper way back to their input on a CPU.

torch takes up to three times as long for the gradient of such a convolution as for the convolution itself, and in
bfloat16, where the stride is above 1, up to a hundred times. That gradient is a convolution of each channel too: by
the kernel turned around, of what comes back with zeros between its values for a stride (Dumoulin and Visin 2016, "A
guide to convolution arithmetic for deep learning", section 4).
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor, nn


def is_depthwise(convolution: nn.Conv2d) -> bool:
    """Whether :class:`Depthwise` does what a convolution does, and sooner.

    Args:
        convolution: any; with a stride it must be in bfloat16, for in float32 torch's own gradient is as cheap.
    """
    channels = convolution.in_channels
    return (
        channels > 1
        and channels == convolution.groups == convolution.out_channels
        and convolution.padding_mode == "zeros"
        and not isinstance(convolution.padding, str)
        and all(
            pad <= (taps - 1) * apart
            for pad, taps, apart in zip(convolution.padding, convolution.kernel_size, convolution.dilation, strict=True)
        )
        and (convolution.stride == (1, 1) or convolution.weight.dtype == torch.bfloat16)
    )


class Depthwise(nn.Module):
    """A convolution of each channel by itself, whose input's gradient is another one.

    Args:
        convolution: one that :func:`is_depthwise`; its weights are fixed.

    Example:
        >>> convolution = nn.Conv2d(4, 4, 3, padding=1, groups=4).requires_grad_(False)
        >>> maps = torch.rand(1, 4, 5, 5, requires_grad=True)
        >>> wanted = torch.autograd.grad(convolution(maps).sum(), maps)[0]
        >>> given = torch.autograd.grad(Depthwise(convolution)(maps).sum(), maps)[0]
        >>> torch.allclose(given, wanted, atol=1e-5)
        True
    """

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.convolution = convolution
        turned = convolution.weight.detach().flip(2, 3)
        self.register_buffer("turned", turned.contiguous(memory_format=torch.channels_last), persistent=False)

    def forward(self, maps: Tensor) -> Tensor:
        """Output of the convolution."""
        if maps.dim() != 4 or not (torch.is_grad_enabled() and maps.requires_grad):
            return self.convolution(maps)  # type: ignore[no-any-return]
        output: Tensor = Channels.apply(maps, self.convolution, self.turned)
        return output


class Channels(torch.autograd.Function):
    """A convolution of each channel by itself with a gradient of its own: linear, as torch's is."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor, convolution: nn.Conv2d, turned: Tensor) -> Tensor:  # noqa: ANN401 (torch's own)
        """Output of the convolution."""
        ctx.size, ctx.turned, ctx.convolution = maps.shape[2:], turned, convolution
        return convolution(maps)  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN401 (torch's own)
        """Gradient of the maps alone."""
        convolution: nn.Conv2d = ctx.convolution
        pads = [int(pad) for pad in convolution.padding]
        reach = [(taps - 1) * apart for taps, apart in zip(ctx.turned.shape[2:], convolution.dilation, strict=True)]
        places = [side + 2 * pad - far for side, pad, far in zip(ctx.size, pads, reach, strict=True)]  # at stride 1
        spread = _spread(gradients[0], convolution.stride, places)
        around = [far - pad for far, pad in zip(reach, pads, strict=True)]
        back = F.conv2d(spread, ctx.turned, padding=around, dilation=convolution.dilation, groups=convolution.groups)
        return back, None, None


def _spread(gradient: Tensor, stride: tuple[int, ...], size: list[int]) -> Tensor:
    """Values ``stride`` apart, zeros between and behind them: N x C x rows x columns -> N x C x size."""
    if all(step == 1 for step in stride):
        return gradient
    count, channels = gradient.shape[:2]
    laid = gradient.new_zeros(count, *size, channels).permute(0, 3, 1, 2)
    laid[:, :, :: stride[0], :: stride[1]] = gradient
    return laid
