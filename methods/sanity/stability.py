"""Stability of a unit's activation when a picture is shifted, rescaled or compressed."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from PIL import Image
from torch import Tensor

from visualize.methods.drawing.panel import to_uint8
from visualize.methods.pictures.image_file import open_image
from visualize.methods.pictures.scan import not_finite
from visualize.methods.unit import parts

if TYPE_CHECKING:
    from visualize.methods.network.probe import Probe
    from visualize.methods.unit import Target


Change = Callable[[Tensor], Tensor]


def shifted(pictures: Tensor, pixels: int) -> Tensor:
    """Move pictures down and to the right by so many pixels, the border's colours continued: N x 3 x H x W."""
    tall, wide = pictures.shape[2:]
    if not pixels:
        return pictures
    padded = F.pad(pictures, (abs(pixels),) * 4, mode="replicate")
    first = abs(pixels) - pixels
    return padded[:, :, first : first + tall, first : first + wide]


def rescaled(pictures: Tensor, factor: float) -> Tensor:
    """Scale pictures around the middle, the border's colours continued, at an unchanged size: N x 3 x H x W."""
    tall, wide = pictures.shape[2:]
    if factor == 1:
        return pictures
    size = (max(1, round(tall * factor)), max(1, round(wide * factor)))
    scaled = F.interpolate(pictures, size, mode="bilinear", antialias=True, align_corners=False)
    frame = [max(0, tall - size[0]), max(0, wide - size[1])]
    top, left = frame[0] // 2, frame[1] // 2
    scaled = F.pad(scaled, (left, frame[1] - left, top, frame[0] - top), mode="replicate")
    top, left = (scaled.shape[2] - tall) // 2, (scaled.shape[3] - wide) // 2
    return scaled[:, :, top : top + tall, left : left + wide]


def compressed(pictures: Tensor, quality: int) -> Tensor:
    """Write pictures as JPEG of a quality (1..95, Pillow's) and read them again: N x 3 x H x W, RGB in 0..1."""
    read_again = []
    for picture in pictures.detach().cpu():
        out = io.BytesIO()
        values = picture.clamp(0, 1).permute(1, 2, 0).numpy()
        Image.fromarray(to_uint8(values)).save(out, "JPEG", quality=quality)
        with open_image(out) as read:
            read_again.append(torch.from_numpy(np.array(read.convert("RGB"))).permute(2, 0, 1))
    return (torch.stack(read_again).to(pictures.dtype) / 255).to(pictures.device)


CHANGES: Mapping[str, Change] = {
    "shift 4 px": functools.partial(shifted, pixels=4),
    "shift 8 px": functools.partial(shifted, pixels=8),
    "shift -8 px": functools.partial(shifted, pixels=-8),
    "scale 0.9": functools.partial(rescaled, factor=0.9),
    "scale 1.1": functools.partial(rescaled, factor=1.1),
    "JPEG 90": functools.partial(compressed, quality=90),
    "JPEG 50": functools.partial(compressed, quality=50),
    "JPEG 20": functools.partial(compressed, quality=20),
}


def kept(
    probe: Probe, unit: Target, pictures: Tensor, changes: Mapping[str, Change] = CHANGES
) -> dict[str, float] | None:
    """Share of a unit's activation that is kept when pictures change.

    Args:
        probe: the network.
        unit: whose largest activation is measured, or that at its position.
        pictures: N x 3 x H x W, RGB in 0..1.
        changes: by name, each from pictures to pictures of the same shape.

    Returns:
        for each change the activation on the changed picture as a share of that on the picture, averaged over the
        pictures that excite the unit (1: all is kept; more is possible); None if no picture excites it.

    Raises:
        InputError: an activation on a changed picture is not finite.
    """
    with torch.no_grad():
        before = probe.scores(pictures, unit).double().cpu()
        on = before > 0
        if not bool(on.any()):
            return None
        after = {name: probe.scores(change(pictures), unit).double().cpu() for name, change in changes.items()}
    spoilt = next((name for name, changed in after.items() if not bool(changed[on].isfinite().all())), None)
    if spoilt is not None:
        raise not_finite(", ".join(dict.fromkeys(part.layer for part in parts(unit))), f"a picture after {spoilt}")
    return {name: float((changed[on] / before[on]).mean()) for name, changed in after.items()}
