"""The random views of gradient ascent: a picture must excite its unit however it is shifted, scaled and turned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from kornia.geometry.conversions import normalize_homography
from kornia.geometry.transform import get_affine_matrix2d
from torch import Tensor

from visualize.methods.network import accelerator

View = Callable[[Tensor], Tensor]

TURNED = 6  # one view in so many is resampled, which on a CPU costs as much as a tenth of a small network


@dataclass(frozen=True)
class Shift:
    """Moves pictures by whole pixels; what comes in at the border is grey (0.5).

    Args:
        down, right: by how many pixels; a negative number moves them up or left.
    """

    down: int
    right: int

    def __call__(self, pictures: Tensor) -> Tensor:
        """Move N x 3 x H x W pictures in 0..1; without a shift they come back themselves."""
        if not (self.down or self.right):
            return pictures
        return F.pad(pictures, (self.right, -self.right, self.down, -self.down), value=0.5)


@dataclass(frozen=True, eq=False)
class Warp:
    """Resamples pictures bilinearly; what lies beyond their border is grey (0.5).

    Args:
        matrix: 1 x 2 x 3, from where in the picture each pixel of the view comes, in coordinates from -1 to 1.
    """

    matrix: Tensor

    def __call__(self, pictures: Tensor) -> Tensor:
        """Resample N x 3 x H x W pictures in 0..1."""
        count, channels, height, width = pictures.shape
        matrix = accelerator.sent(self.matrix, pictures.device).to(pictures.dtype)
        grid = F.affine_grid(matrix, [1, 1, height, width], align_corners=True)
        # torch shares the work out by pictures: a single one is sampled as two halves
        parts = 2 if count == 1 and height % 2 == 0 and pictures.device.type == "cpu" else 1
        grid = grid.view(parts, height // parts, width, 2).expand(max(count, parts), -1, -1, -1)
        centred = (pictures - 0.5).expand(max(count, parts), -1, -1, -1)
        seen = F.grid_sample(centred, grid, mode="bilinear", padding_mode="zeros", align_corners=True) + 0.5
        return seen if parts == 1 else seen.transpose(0, 1).reshape(1, channels, height, width)


def matrices(shifts: Tensor, turns: Tensor, zooms: Tensor, size: tuple[int, int], pad: int) -> Tensor:
    """Matrices that say from where in the picture each pixel of a view comes: steps x 2 x 3, coordinates in -1..1.

    Args:
        shifts: steps x 2, to the right and down, pixels.
        turns: steps values, degrees.
        zooms: steps values, magnifications.
        size: (height, width) of the picture and of the views.
        pad: the width of the grey frame that the views show around the picture, pixels.
    """
    height, width = size
    frame = torch.tensor([width / (width + 2 * pad), height / (height + 2 * pad)])
    centre = torch.tensor([[(width - 1) / 2, (height - 1) / 2]]).expand(len(shifts), 2)
    there = get_affine_matrix2d(shifts, centre, zooms[:, None] * frame, turns)
    back: Tensor = torch.linalg.inv(normalize_homography(there, size, size))
    return back[:, :2]
