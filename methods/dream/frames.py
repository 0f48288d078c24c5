"""Frames of a dream, for an animation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


_FRAME = 512  # pixels: the longer side of a frame


def resized(pictures: Tensor, size: tuple[int, int]) -> Tensor:
    """Resample pictures to another size, bicubic, antialiased where they become smaller; at their own they stay."""
    if size == tuple(pictures.shape[2:]):
        return pictures
    return F.interpolate(pictures, size, mode="bicubic", align_corners=False, antialias=True)


class Film:
    """Frames of a batch of pictures, evenly over all steps: the first is the start, the last the end.

    Args:
        count: how many frames; 0 keeps none.
        steps: how many the whole dream has.
        size: (height, width) of the pictures. A frame's longer side has at most 512 pixels.
    """

    def __init__(self, count: int, steps: int, size: tuple[int, int]) -> None:
        shrink = min(1.0, _FRAME / max(size))
        self._size = (max(1, round(size[0] * shrink)), max(1, round(size[1] * shrink)))
        self._due = {round(number * steps / max(1, count - 1)) for number in range(count)}
        self._step = 0
        self._frames: list[Tensor] = []

    def keep(self, pictures: Callable[[], Tensor]) -> None:
        """Keep a frame if one is due; called before the first step and after each."""
        if self._step in self._due:
            small = resized(pictures(), self._size).clamp(0, 1)
            self._frames.append(small.mul(255).round_().byte().permute(0, 2, 3, 1).cpu())
        self._step += 1

    def frames(self) -> Tensor | None:
        """Frames that were kept: N x frames x h x w x 3, uint8; None without any."""
        return torch.stack(self._frames, 1) if self._frames else None
