"""Bounds of the random views of gradient ascent: how far each may differ from its picture.

Transformation robustness is what keeps ascent away from noise (Mordvintsev et al. 2015; Olah et al. 2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.methods.errors import InputError

if TYPE_CHECKING:
    import torch

    from visualize.methods.ascent.views import View


@dataclass(frozen=True)
class Robustness:
    """How far a view may differ from its picture.

    All zeros, and a scale of (1, 1), leave pictures as they are. Every sixth view is scaled and turned as well as
    shifted; those between are only shifted, which costs next to nothing. Whatever lies beyond the picture's border is
    grey (0.5).

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
            steps: how many views there are.
            size: (height, width) of the pictures, which is that of the views as well.
            generator: draws the views, on the CPU.
        """
        import torch

        from visualize.methods.ascent.views import TURNED, Shift, Warp, matrices

        drawn = torch.rand(steps, 4, generator=generator)
        farthest = torch.tensor([size[1] - 1, size[0] - 1]).clamp(max=self.jitter)  # some of the picture stays in sight
        shifts = ((2 * drawn[:, :2] - 1) * farthest).round()
        turns = (2 * drawn[:, 2] - 1) * self.rotate
        zooms = self.scale[0] + drawn[:, 3] * (self.scale[1] - self.scale[0])
        views: list[View] = [Shift(int(down), int(right)) for right, down in shifts.tolist()]
        if self.pad or self.rotate or self.scale != (1.0, 1.0):
            back = matrices(shifts, turns, zooms, size, self.pad)
            views[::TURNED] = [Warp(matrix[None]) for matrix in back[::TURNED]]
        return views
