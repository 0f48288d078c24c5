"""Tiny networks whose outputs have their places in every order: sequences, windows, queries, matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Callable

PATCH = 8
WIDTH = 12


class Arranged(nn.Module):
    """Patches of a picture, put into another order by a function; then a module that sees each place for itself.

    Args:
        arrange: from N x C x H x W to the sequence.
        channels: which of the axes of the sequence holds the features: 2, or 1.
        width: how many features.
    """

    def __init__(self, arrange: Callable[[Tensor], Tensor], *, channels: int = 2, width: int = WIDTH) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, width, PATCH, stride=PATCH)
        self.seen = nn.Identity()
        self.mix = nn.Linear(width, 5) if channels == 2 else nn.Conv1d(width, 5, 1)
        self.act = nn.GELU()
        self.head = nn.Linear(5, 3)
        self._arrange = arrange
        self._channels = channels

    def forward(self, x: Tensor) -> Tensor:
        sequence = self.act(self.mix(self.seen(self._arrange(self.patch(x)))))
        out: Tensor = self.head(sequence.flatten(1)[:, :5])
        return out


class Transformer(nn.Module):
    """Two blocks of attention over patches, with extra tokens where a function puts them.

    Args:
        place: from tokens of patches and extra tokens to the sequence.
        extra: how many extra tokens.
        first: whether the sequence is N x T x C, and not T x N x C.
    """

    def __init__(self, place: Callable[[Tensor, Tensor], Tensor], *, extra: int = 1, first: bool = True) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, WIDTH, PATCH, stride=PATCH)
        self.tokens = nn.Parameter(torch.randn(1, extra, WIDTH))
        self.blocks = nn.Sequential(*(nn.TransformerEncoderLayer(WIDTH, 2, 24, batch_first=first) for _ in range(2)))
        self.head = nn.Linear(WIDTH, 3)
        self._place, self._first = place, first

    def forward(self, x: Tensor) -> Tensor:
        patches = self.patch(x).flatten(2).transpose(1, 2)
        sequence = self._place(patches, self.tokens.expand(len(patches), -1, -1))
        output = self.blocks(sequence if self._first else sequence.transpose(0, 1))
        out: Tensor = self.head(output.mean(1 if self._first else 0))
        return out


class Attention(nn.Module):
    """Written with modules for the heads' queries and for the matrix of attention, as many are."""

    def __init__(self, heads: int = 3) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.q_norm, self.softmax = nn.LayerNorm(WIDTH // heads), nn.Softmax(-1)

    def forward(self, x: Tensor) -> Tensor:
        count, length, width = x.shape
        q, k, v = self.qkv(x).reshape(count, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        weights = self.softmax(self.q_norm(q) @ k.transpose(2, 3))
        out: Tensor = self.out((weights @ v).transpose(1, 2).reshape(count, length, width))
        return out


class Attending(nn.Module):
    """A patch embedding, and one block of attention."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, WIDTH, PATCH, stride=PATCH)
        self.attention = Attention()
        self.head = nn.Linear(WIDTH, 3)

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.patch(x).flatten(2).transpose(1, 2)
        out: Tensor = self.head((tokens + self.attention(tokens)).mean(1))
        return out


class Queries(nn.Module):
    """As many queries as there are patches ask the patches (Carion et al. 2020; Jaegle et al. 2021)."""

    def __init__(self, queries: int) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, WIDTH, PATCH, stride=PATCH)
        self.query = nn.Parameter(torch.randn(queries, WIDTH))
        self.decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(WIDTH, 2, 24, batch_first=True), 1)
        self.classes = nn.Linear(WIDTH, 9)

    def forward(self, x: Tensor) -> Tensor:
        memory = self.patch(x).flatten(2).transpose(1, 2)
        out: Tensor = self.classes(self.decoder(self.query.expand(len(x), -1, -1), memory))
        return out


class Mixer(nn.Module):
    """A block of MLP-Mixer (Tolstikhin et al. 2021): one layer mixes places, the next one features."""

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, WIDTH, PATCH, stride=PATCH)
        self.places = nn.Sequential(nn.Linear(tokens, 2 * tokens), nn.GELU(), nn.Linear(2 * tokens, tokens))
        self.features = nn.Sequential(nn.Linear(WIDTH, 24), nn.GELU(), nn.Linear(24, WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        tokens: Tensor = self.patch(x).flatten(2).transpose(1, 2)
        tokens = tokens + 0.1 * self.places(tokens.transpose(1, 2)).transpose(1, 2)
        out: Tensor = tokens + self.features(tokens)
        return out


def windows(maps: Tensor, side: int, *, batched: bool) -> Tensor:
    """Maps cut into windows: N x windows x places x C, or the windows along the axis of pictures."""
    count, units, rows, columns = maps.shape
    cut: Tensor = maps.reshape(count, units, rows // side, side, columns // side, side).permute(0, 2, 4, 3, 5, 1)
    cut = cut.reshape(count, -1, side * side, units)
    if batched:
        cut = cut.flatten(0, 1)
    return cut
