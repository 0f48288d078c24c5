"""The random views of gradient ascent: a picture must excite its unit however it is shifted, scaled and turned a little.

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


@dataclass(frozen=True)
class Robustness:
    """How far a view may differ from its picture. All zeros, and a scale of (1, 1), leave pictures as they are.

    Args:
        pad: the width of the grey frame that a picture is seen with, pixels, shared by all sides.
        jitter: the largest shift along each axis, pixels.
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
            raise InputError(f"{self} is impossible: pad, jitter and rotate are 0 or more, 0 < smallest scale <= largest")

    def views(self, steps: int, size: tuple[int, int], generator: torch.Generator) -> list[View]:
        """Draw one view for each of ``steps`` steps; every picture of a batch is seen through the same one.

        Args:
            steps: how many.
            size: (height, width) of the pictures, which is that of the views as well.
            generator: what is drawn from, on the CPU.
        """
        drawn = torch.rand(steps, 4, generator=generator)
        if self == Robustness(0, 0, (1.0, 1.0), 0.0):
            return [_unchanged] * steps
        spans = torch.tensor([self.jitter, self.jitter, 0, self.rotate])
        shift_x, shift_y, _, angle = ((2 * drawn - 1) * spans).unbind(1)
        zoom = self.scale[0] + drawn[:, 2] * (self.scale[1] - self.scale[0])
        frame = torch.tensor([size[1] / (size[1] + 2 * self.pad), size[0] / (size[0] + 2 * self.pad)])
        height, width = size
        matrices = get_affine_matrix2d(
            torch.stack([shift_x, shift_y], 1).round(),
            torch.tensor([[(width - 1) / 2, (height - 1) / 2]]).expand(steps, 2),
            zoom[:, None] * frame,
            angle,
        )
        # sampling asks the other way round: from where in the picture does each pixel of the view come?
        back = torch.linalg.inv(normalize_homography(matrices, size, size))[:, :2]
        return [_Warp(matrix[None]) for matrix in back]


def _unchanged(pictures: Tensor) -> Tensor:
    return pictures


@dataclass(frozen=True, eq=False)
class _Warp:
    matrix: Tensor

    def __call__(self, pictures: Tensor) -> Tensor:
        # One grid serves all pictures: as channels of one, they share the work of finding their neighbours.
        shape = pictures.shape
        together = (pictures - 0.5).reshape(1, -1, *shape[2:])
        grid = F.affine_grid(self.matrix.to(pictures), [1, 1, *shape[2:]], align_corners=True)
        seen = F.grid_sample(together, grid, mode="bilinear", padding_mode="zeros", align_corners=True)
        return seen.reshape(shape) + 0.5
