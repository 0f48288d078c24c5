"""The random views of gradient ascent: a picture must excite its unit however it is shifted, scaled and turned.

Transformation robustness is what keeps ascent away from noise (Mordvintsev et al. 2015; Olah et al. 2017).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from kornia.geometry.conversions import normalize_homography
from kornia.geometry.transform import get_affine_matrix2d
from torch import Tensor

from methods.errors import InputError

View = Callable[[Tensor], Tensor]

_TURNED = 6  # one view in so many is resampled, which on a CPU costs as much as a tenth of a small network


@dataclass(frozen=True)
class Robustness:
    """How far a view may differ from its picture. All zeros, and a scale of (1, 1), leave pictures as they are.

    Every sixth view is scaled and turned as well as shifted; those between are only shifted, which costs next to
    nothing. Whatever lies beyond the picture's border is grey (0.5).

    Args:
        pad: the width of the grey frame that scaled views are seen with, pixels.
        jitter: the largest shift along each axis, pixels; whole pixels are drawn.
        scale: the smallest and the largest magnification.
        rotate: the largest turn to either side, degrees.

    Raises:
        InputError: a negative number, or a scale that is not positive and ordered.
    """

    pad: int = 4
    jitter: int = 16
    scale: tuple[float, float] = (0.92, 1.08)
    rotate: float = 6.0

    def __post_init__(self) -> None:
        if min(self.pad, self.jitter, self.rotate) < 0 or not 0 < self.scale[0] <= self.scale[1]:
            raise InputError(
                f"{self} is impossible: pad, jitter and rotate are 0 or more, 0 < smallest scale <= largest"
            )

    def views(self, steps: int, size: tuple[int, int], generator: torch.Generator) -> list[View]:
        """Draw one view for each of ``steps`` steps; every picture of a batch is seen through the same one.

        Args:
            steps: how many.
            size: (height, width) of the pictures, which is that of the views as well.
            generator: what is drawn from, on the CPU.
        """
        drawn = torch.rand(steps, 4, generator=generator)
        farthest = torch.tensor([size[1] - 1, size[0] - 1]).clamp(max=self.jitter)  # some of the picture stays in sight
        shifts = ((2 * drawn[:, :2] - 1) * farthest).round()
        turns = (2 * drawn[:, 2] - 1) * self.rotate
        zooms = self.scale[0] + drawn[:, 3] * (self.scale[1] - self.scale[0])
        views: list[View] = [_Shift(int(down), int(right)) for right, down in shifts.tolist()]
        if self.pad or self.rotate or self.scale != (1.0, 1.0):
            matrices = self._matrices(shifts, turns, zooms, size)
            views[::_TURNED] = [_Warp(matrix[None]) for matrix in matrices[::_TURNED]]
        return views

    def _matrices(self, shifts: Tensor, turns: Tensor, zooms: Tensor, size: tuple[int, int]) -> Tensor:
        """From where in the picture each pixel of a view comes: steps x 2 x 3, in coordinates from -1 to 1."""
        height, width = size
        frame = torch.tensor([width / (width + 2 * self.pad), height / (height + 2 * self.pad)])
        centre = torch.tensor([[(width - 1) / 2, (height - 1) / 2]]).expand(len(shifts), 2)
        there = get_affine_matrix2d(shifts, centre, zooms[:, None] * frame, turns)
        back: Tensor = torch.linalg.inv(normalize_homography(there, size, size))
        return back[:, :2]


@dataclass(frozen=True)
class _Shift:
    down: int
    right: int

    def __call__(self, pictures: Tensor) -> Tensor:
        if not (self.down or self.right):
            return pictures
        return F.pad(pictures, (self.right, -self.right, self.down, -self.down), value=0.5)


@dataclass(frozen=True, eq=False)
class _Warp:
    matrix: Tensor

    def __call__(self, pictures: Tensor) -> Tensor:
        count, channels, height, width = pictures.shape
        grid = F.affine_grid(self.matrix.to(pictures), [1, 1, height, width], align_corners=True)
        # torch shares the work out by pictures: a single one is sampled as two halves
        parts = 2 if count == 1 and height % 2 == 0 and pictures.device.type == "cpu" else 1
        grid = grid.view(parts, height // parts, width, 2).expand(max(count, parts), -1, -1, -1)
        centred = (pictures - 0.5).expand(max(count, parts), -1, -1, -1)
        seen = F.grid_sample(centred, grid, mode="bilinear", padding_mode="zeros", align_corners=True) + 0.5
        return seen if parts == 1 else seen.transpose(0, 1).reshape(1, channels, height, width)
