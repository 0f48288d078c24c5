"""Axes that follow from operations: vouched for only where covering the picture moves the change as it should."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor, nn

from visualize.methods.network.axes import Axes, as_maps
from visualize.methods.network.layout.plain_axes import PlainAxes

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


def _with_class(maps: Tensor) -> Tensor:
    return torch.cat([torch.ones(1, 1, maps.shape[1]), maps.flatten(2).mT], 1)


def _attended(tokens: Tensor) -> Tensor:
    """Every token that sees itself most, and all others of its window as well."""
    near = torch.eye(tokens.shape[1]) * 9
    return (tokens @ tokens.mT / 99 + near).softmax(2) @ tokens


def _heads(maps: Tensor) -> Tensor:
    """Two heads of tokens: N x 2 x T x C."""
    return maps.view(len(maps), 2, 3, -1).mT


def _transformer() -> torch.nn.TransformerEncoderLayer:
    """A layer whose tokens look mostly at themselves, and whose values are what they saw."""
    layer = torch.nn.TransformerEncoderLayer(6, 1, 12, batch_first=True).eval()
    with torch.no_grad():
        layer.self_attn.in_proj_weight.copy_(torch.eye(6).repeat(3, 1))
        layer.self_attn.out_proj.weight.copy_(torch.eye(6))
        for parameter in layer.linear2.parameters():  # random values would be other ones in each run
            parameter.zero_()
    return layer


_layer = _transformer()


def _by_names(windows: Tensor) -> Tensor:
    """Attention within windows, pictures x windows x tokens x features, as torchvision's MaxViT computes it."""
    heads = windows.view(*windows.shape[:3], 2, 3).transpose(2, 3)
    pairs = torch.einsum("B G H I D, B G H J D -> B G H I J", heads, heads) / 99
    near = (pairs + torch.eye(pairs.shape[-1]) * 9).softmax(-1)
    return torch.einsum("B G H I J, B G H J D -> B G H I D", near, heads).transpose(2, 3).reshape(windows.shape)


def _cut(maps: Tensor) -> Tensor:
    """Windows of 8 x 8 places, one behind the other."""
    count, units, rows, columns = maps.shape
    cut = maps.view(count, units, rows // 8, 8, columns // 8, 8).permute(0, 2, 4, 3, 5, 1)
    return cut.reshape(-1, 64, units)


def _back(cut: Tensor) -> Tensor:
    """Maps of 16 x 24 places from their windows."""
    maps = cut.view(1, 2, 3, 8, 8, -1).permute(0, 5, 1, 3, 2, 4)
    return maps.reshape(1, -1, *_SIZE)


_POINTS = torch.eye(6)[:5, :, None, None] + 0.1


def _pieces(maps: Tensor) -> Tensor:
    """Places taken apart by where in a patch of 2 x 2 they lie, N x C x 4 x patches, as MobileViT v2 does."""
    count, units, rows, columns = maps.shape
    cut = maps.reshape(count, units, rows // 2, 2, columns // 2, 2).permute(0, 1, 3, 5, 2, 4)
    return cut.reshape(count, units, 4, -1)


def _whole(pieces: Tensor) -> Tensor:
    """Maps of 16 x 24 places from such pieces."""
    maps = pieces.reshape(1, -1, 2, 2, 8, 12).permute(0, 1, 4, 2, 5, 3)
    return maps.reshape(1, -1, *_SIZE)


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
    "padded in circles": lambda x: F.conv2d(F.pad(x, (1, 1, 1, 1), mode="circular"), _WEIGHT),
}


def _end_to_end(x: Tensor) -> Tensor:
    maps = _conv(x)
    maps[:, :, :6] = maps[:, :, 10:]
    return maps


ELSEWHERE: dict[str, Callable[[Tensor], Tensor]] = {
    "a third of the rows written twice": _end_to_end,
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


ARRANGED: dict[str, tuple[Callable[[Tensor], Tensor], str]] = {
    "channels last": (lambda x: _conv(x).permute(0, 2, 3, 1), "NHWC"),
    "rows and columns swapped": (lambda x: _conv(x).transpose(2, 3), "NCWH"),
    "channels and rows swapped": (lambda x: _conv(x).permute(0, 2, 1, 3), "NHCW"),
    "a linear layer, channels last": (lambda x: F.linear(_conv(x).permute(0, 2, 3, 1), torch.ones(5, 6)), "NHWC"),
    "a layer norm and back": (lambda x: F.layer_norm(_conv(x).permute(0, 2, 3, 1), (6,)).permute(0, 3, 1, 2), "NCHW"),
    "tokens": (lambda x: _conv(x).flatten(2).transpose(1, 2), "NTC"),
    "tokens, features first": (lambda x: _conv(x).flatten(2), "NCT"),
    "tokens column by column": (lambda x: _conv(x).transpose(2, 3).flatten(2), "NCT"),
    "tokens in front of pictures": (lambda x: _conv(x).flatten(2).permute(2, 0, 1), "TNC"),
    "tokens, and a linear layer": (lambda x: F.linear(_conv(x).flatten(2).mT, torch.ones(5, 6), torch.ones(5)), "NTC"),
    "tokens as maps again": (lambda x: _conv(x).flatten(2).mT.relu().mT.reshape(1, 6, *_SIZE), "NCHW"),
    "patches merged": (lambda x: (m := _conv(x).permute(0, 2, 3, 1))[:, ::2, ::2] + m[:, 1::2, 1::2], "NHWC"),
    "a gate, channels last": (lambda x: (m := _conv(x).mT.mT.permute(0, 2, 3, 1)) * m.mean((1, 2), True), "NHWC"),
    "mixed tokens": (lambda x: F.linear(_conv(x).flatten(2), torch.eye(384).flip(0)), ""),
    "a class token": (lambda x: torch.cat([torch.ones(1, 1, 6), _conv(x).flatten(2).mT], 1), "NTC"),
    "registers last": (lambda x: torch.cat([_conv(x).flatten(2), torch.ones(1, 6, 3)], 2), "NCT"),
    "a class token put in and taken out": (
        lambda x: (_with_class(_conv(x)).relu() + 1)[:, 1:].mT.reshape(1, 6, *_SIZE),
        "NCHW",
    ),
    "a class token put in by a margin": (lambda x: F.pad(_conv(x).flatten(2), (1, 0)), "NCT"),
    "halves around a class token": (lambda x: torch.cat([(m := _conv(x).flatten(2))[:, :, :9], m[:, :, 9:]], 2), ""),
    "a class token between": (
        lambda x: torch.cat([(m := _conv(x).flatten(2))[:, :, :9], torch.ones(1, 6, 1), m[:, :, 9:]], 2),
        "",
    ),
    "attention's output": (lambda x: _attended(_conv(x).flatten(2).mT), "NTC"),
    "fused attention's output": (
        lambda x: (
            F.scaled_dot_product_attention(9 * _heads(_conv(x)), _heads(_conv(x)), _heads(_conv(x)))
            .transpose(1, 2)
            .flatten(2)
        ),
        "NTC",
    ),
    "a transformer's layer in one operation": (lambda x: _layer(9 * F.normalize(_conv(x).flatten(2).mT, dim=2)), "NTC"),
    "attention in one operation": (
        lambda x: _layer.self_attn(*3 * (9 * F.normalize(_conv(x).flatten(2).mT, dim=2),), need_weights=False)[0],
        "NTC",
    ),
    "attention that axes are named for": (lambda x: _by_names(_conv(x).flatten(2).mT[:, None]), "N1TC"),
    "attention that axes are named for, in windows": (lambda x: _by_names(_cut(_conv(x))[None]), ""),
    "attention between features": (lambda x: ((m := _conv(x).flatten(2)) @ m.mT).softmax(2) @ m, "NCT"),
    "attention to averages of tokens on end": (
        lambda x: (m := _conv(x).flatten(2).mT) + (m @ (k := F.avg_pool1d(m.mT, 16).mT).mT).softmax(2) @ k,
        "NTC",
    ),
    "averages of tokens on end": (lambda x: F.avg_pool1d(_conv(x).flatten(2), 16), ""),
    "a convolution of pieces, and back": (lambda x: _whole(F.conv2d(_pieces(_conv(x)), _POINTS)), "NCHW"),
    "a convolution of pieces": (lambda x: F.conv2d(_pieces(_conv(x)), _POINTS), ""),
    "a convolution that takes rows for channels": (
        lambda x: F.conv2d(_conv(x).permute(0, 2, 1, 3), torch.ones(16, 16, 1, 1)),
        "",
    ),
    "repeated once": (lambda x: _conv(x).permute(0, 2, 3, 1).repeat(1, 1, 1, 1), "NHWC"),
    "repeated twice": (lambda x: _conv(x).permute(0, 2, 3, 1).repeat(1, 2, 1, 1), ""),
    "windows and back": (lambda x: _back(_cut(_conv(x)).relu()), "NCHW"),
    "attention in windows, and back": (lambda x: _back(_attended(_cut(_conv(x)))), "NCHW"),
    "attention in rolled windows, and back": (
        lambda x: _back(_attended(_cut(_conv(x).roll((-3, -3), (2, 3))))).roll((3, 3), (2, 3)),
        "NCHW",
    ),
    "in windows that stay rolled": (lambda x: _back(_cut(_conv(x).roll((-3, -3), (2, 3)))), ""),
    "windows taken for others": (
        lambda x: _cut(_conv(x)).reshape(1, 2, 3, 8, 8, 6).transpose(2, 4).reshape(1, 16, 24, 6),
        "",
    ),
    "the largest of four neighbours": (lambda x: _conv(x).view(1, 6, 8, 2, 12, 2).amax((3, 5)), "NCHW"),
    "the largest of distant ones": (lambda x: _conv(x).view(1, 6, 2, 8, 2, 12).amax((2, 4)), ""),
    "four neighbours as units": (
        lambda x: F.linear(_conv(x).view(1, 6, 8, 2, 12, 2).permute(0, 2, 4, 3, 5, 1).flatten(3), torch.ones(5, 24)),
        "NHWC",
    ),
    "half of the picture": (lambda x: _conv(x)[:, :, :8], ""),
    "some tokens": (lambda x: _conv(x).flatten(2)[:, :, 24:], ""),
    "folded otherwise": (lambda x: _conv(x).flatten(2).reshape(1, 6, 24, 16), ""),
    "tokens and features taken for one another": (lambda x: _conv(x).flatten(2).reshape(1, 384, 6), ""),
    "attention": (lambda x: (m := _conv(x).flatten(2)).mT @ m, ""),
    "rolled, channels last": (lambda x: _conv(x).permute(0, 2, 3, 1).roll(3, 1), ""),
    "swapped, and added": (lambda x: (m := _conv(x)[..., :16]) + m.mT, ""),
}


@pytest.mark.parametrize("case", ARRANGED)
def test_axes_that_operations_tell_lie_where_the_picture_does(case: str) -> None:
    run, order = ARRANGED[case]
    picture = torch.rand(1, 3, *_SIZE, generator=torch.Generator().manual_seed(1))
    with PlainAxes(picture) as known, torch.no_grad():
        output = run(picture)
        axes = known.axes(output)
    assert (axes.order if axes else "") == order
    for row, column in ((2, 20), (13, 4), (8, 12)) if order else ():
        shown = picture.clone()
        shown[:, :, row, column] += 3
        with torch.no_grad():
            maps = as_maps(run(shown) - output, axes or Axes(), _SIZE)
        assert maps is not None
        at = divmod(int(maps.square().sum((0, 1)).argmax()), maps.shape[3])
        assert abs(at[0] - row * maps.shape[2] / _SIZE[0]) <= 2.5
        assert abs(at[1] - column * maps.shape[3] / _SIZE[1]) <= 2.5


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
