"""Where a tile comes from: it is looked for in the whole picture, and in its mirror image."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def noise(count: int) -> Tensor:
    """Pictures that look the same nowhere: N x 3 x 128 x 128, uint8, with grains of some pixels."""
    grains = torch.randint(0, 256, (count, 3, 130, 130), generator=torch.Generator().manual_seed(8)).float()
    return functional.avg_pool2d(grains, 3, 1).to(torch.uint8)


def located(picture: Tensor, tiles: Tensor) -> list[tuple[int, int]]:
    """Top and left of each tile in the picture, or of all of them in its mirror image.

    Args:
        picture: 3 x H x W.
        tiles: K x 3 x h x w; other brightness, contrast and colours do not matter.
    """
    ways = [_fits(each.float().mean(0), tiles.mean(1)) for each in (picture, picture.flip(2))]
    best = max(ways, key=lambda fits: float(fits.flatten(1).max(1).values.sum()))
    width = best.shape[2]
    return [divmod(int(place), width) for place in best.flatten(1).argmax(1)]


def _fits(picture: Tensor, tiles: Tensor) -> Tensor:
    """Correlation of each tile with each square of its size: K x rows x columns."""
    size = tiles.shape[1]
    squares = functional.unfold(picture[None, None], size)[0].T
    squares = squares - squares.mean(1, keepdim=True)
    flat = tiles.flatten(1) - tiles.mean((1, 2))[:, None]
    fits = functional.normalize(flat) @ functional.normalize(squares).T
    return fits.view(len(tiles), picture.shape[0] - size + 1, picture.shape[1] - size + 1)
