"""Axes that follow from operations: vouched for only where covering the picture moves the change as it should."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor, nn

from methods.network.layout.plain_axes import PlainAxes

if TYPE_CHECKING:
    from collections.abc import Callable

_WEIGHT = torch.randn(6, 3, 3, 3, generator=torch.Generator().manual_seed(0))
_SIZE = (16, 24)


def _conv(x: Tensor) -> Tensor:
    return F.conv2d(x, _WEIGHT, padding=1)


def _shuffled(x: Tensor) -> Tensor:
    maps = _conv(x)
    return maps.view(len(x), 2, 3, *maps.shape[2:]).transpose(1, 2).reshape(maps.shape)


def _weighed(x: Tensor) -> Tensor:
    maps = _conv(x)
    return maps * maps.mean((2, 3)).softmax(1).view(len(x), 6, 1, 1)


def _pasted(x: Tensor) -> Tensor:
    larger = x.new_full((len(x), 3, 20, 28), 0.5)
    for place, picture in zip(larger, x, strict=True):
        place[:, : x.shape[2], : x.shape[3]].copy_(picture)
    return _conv(larger)


PLAIN: dict[str, Callable[[Tensor], Tensor]] = {
    "convolution": _conv,
    "rectifier in place": lambda x: _conv(x).relu_(),
    "pooling": lambda x: F.avg_pool2d(F.max_pool2d(_conv(x), 2), 3, 1, 1),
    "batch norm": lambda x: nn.BatchNorm2d(6).eval()(_conv(x)),
    "joined channels": lambda x: torch.cat([_conv(x), x], 1),
    "halves of the channels": lambda x: _conv(x).chunk(2, 1)[1],
    "some channels": lambda x: _conv(x)[:, 2:4],
    "shuffled channels": _shuffled,
    "weighed channels": _weighed,
    "spatial attention": lambda x: x * torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1).sum(1, True),
    "resized": lambda x: F.interpolate(_conv(x), scale_factor=2, mode="bilinear"),
    "picture by picture": lambda x: torch.cat([_conv(picture[None]) for picture in x]),
    "pasted into a larger one": _pasted,
    "cropped": lambda x: _conv(x)[:, :, 1:-1, 1:],
}
ELSEWHERE: dict[str, Callable[[Tensor], Tensor]] = {
    "channels last": lambda x: _conv(x).permute(0, 2, 3, 1),
    "rows and columns swapped": lambda x: _conv(x).transpose(2, 3),
    "flattened and folded otherwise": lambda x: _conv(x).flatten(2).view(len(x), 6, 24, 16),
    "rolled": lambda x: _conv(x).roll(5, 3),
    "turned": lambda x: _conv(x).flip(2),
    "windows": lambda x: _conv(x).reshape(len(x), 6, 2, 8, 3, 8).permute(0, 2, 4, 1, 3, 5).flatten(0, 2),
    "attention over places": lambda x: (m := _conv(x).flatten(2)).transpose(1, 2).matmul(m)[:, None],
    "mixed rows": lambda x: torch.randn(16, 16) @ _conv(x),
    "channels and rows swapped": lambda x: _conv(x).permute(0, 2, 1, 3),
    "joined along the rows": lambda x: torch.cat([_conv(x), _conv(x)], 2),
    "a table of places, weighed": lambda x: torch.ones(1, 6, 16, 24) * _conv(x).flatten(2).mean(2).mean(),
}


@pytest.mark.parametrize("case", [*PLAIN, *ELSEWHERE])
def test_what_is_vouched_for_follows_the_picture(case: str) -> None:
    run = {**PLAIN, **ELSEWHERE}[case]
    picture = torch.rand(1, 3, *_SIZE, generator=torch.Generator().manual_seed(1))
    with PlainAxes(picture) as axes, torch.no_grad():
        output = run(picture)
        vouched = axes.vouched(output)
    assert vouched is (case in PLAIN)
    if not vouched or case == "weighed channels":
        return
    for row, column in ((2, 20), (13, 4), (8, 12)):  # the change lies where it should, to within the kernels
        shown = picture.clone()
        shown[:, :, row, column] += 3
        with torch.no_grad():
            change = (run(shown) - output).square().sum((0, 1))
        at = divmod(int(change.argmax()), change.shape[1])
        scale = [side / length for side, length in zip(change.shape, _SIZE, strict=True)]
        scale = [1.0, 1.0] if case in {"pasted into a larger one", "cropped"} else scale
        assert abs(at[0] - row * scale[0]) <= 2.5
        assert abs(at[1] - column * scale[1]) <= 2.5
