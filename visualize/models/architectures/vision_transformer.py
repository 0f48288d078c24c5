"""The vision transformer (Dosovitskiy et al. 2021) with its weights named as in DINO's and timm's checkpoints."""

from __future__ import annotations

import math
from collections import OrderedDict

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor, fx, nn


@fx.wrap
def embedded(maps: Tensor, first: Tensor, positions: Tensor) -> Tensor:
    """Tokens of patches, each with its learned position added, after a first token of its own.

    A single operation to torch.fx, which could not follow the branch on the size of the picture.

    Args:
        maps: a vector for each patch, N x width x rows x columns.
        first: the class token, 1 x 1 x width.
        positions: vectors of the class token and of side^2 patches, 1 x (1 + side^2) x width; those of patches are
            scaled bicubically to another number of rows and columns, as DINO does.

    Returns:
        N x (1 + rows * columns) x width, the patches row by row.
    """
    rows, columns = maps.shape[2:]
    side = math.isqrt(positions.shape[1] - 1)
    if (rows, columns) != (side, side):
        grid = positions[:, 1:].transpose(1, 2).reshape(1, -1, side, side)
        scaled = F.interpolate(grid, size=(rows, columns), mode="bicubic").flatten(2).transpose(1, 2)
        positions = torch.cat([positions[:, :1], scaled], 1)
    tokens = maps.flatten(2).transpose(1, 2)
    return torch.cat([first.expand(len(maps), -1, -1), tokens], 1) + positions


class VisionTransformer(nn.Module):
    """A square picture in patches of 16 pixels -> the class token's features after the last block.

    ``blocks.N`` are the blocks' outputs, N x (1 + patches) x width: the class token, then the patches row by row.

    Args:
        width: features of a token.
        depth: number of blocks.
        heads: heads of each block's attention.
        size: height and width of the input, pixels; other multiples of 16 work too, by scaling the positions.
    """

    patch = 16

    def __init__(self, *, width: int, depth: int = 12, heads: int, size: int = 224) -> None:
        super().__init__()
        self.patch_embed = nn.Sequential(OrderedDict(proj=nn.Conv2d(3, width, self.patch, self.patch)))
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + (size // self.patch) ** 2, width))
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        for parameter in (self.cls_token, self.pos_embed):
            nn.init.trunc_normal_(parameter, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        """N x 3 x H x W -> N x width."""
        tokens = self.blocks(embedded(self.patch_embed(x), self.cls_token, self.pos_embed))
        features: Tensor = self.norm(tokens)[:, 0]
        return features


class Block(nn.Module):
    """Attention, then a perceptron, each after a layer norm and added to its input."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = Perceptron(width)

    def forward(self, x: Tensor) -> Tensor:
        """N x tokens x width -> N x tokens x width."""
        attended: Tensor = x + self.attn(self.norm1(x))
        result: Tensor = attended + self.mlp(self.norm2(attended))
        return result


class Attention(nn.Module):
    """Multi-head self-attention (Vaswani et al. 2017, eq. 1) with a single matrix for queries, keys and values."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """N x tokens x width -> N x tokens x width."""
        parts = self.qkv(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(parts[0], parts[1], parts[2])
        result: Tensor = self.proj(mixed.transpose(1, 2).flatten(2))
        return result


class Perceptron(nn.Module):
    """Two linear layers with a GELU between, four times as wide inside."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.act = nn.GELU()
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """N x tokens x width -> N x tokens x width."""
        result: Tensor = self.fc2(self.act(self.fc1(x)))
        return result


def vision_transformer(width: int, heads: int) -> nn.Module:
    """A transformer of 12 blocks on patches of 16 pixels: width 384 with 6 heads is ViT-S/16, 768 with 12 ViT-B/16."""
    return VisionTransformer(width=width, heads=heads)
