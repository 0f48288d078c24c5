"""Frames as the bytes of a moving picture."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image

from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.drawing.panel import Picture


FORMATS = ("webp", "gif")
_REST = 1500  # milliseconds that the last frame stays


def animation(frames: Sequence[Picture], form: str = "webp", *, seconds: float = 4.0) -> bytes:
    """An endless animation that rests on its last frame.

    Args:
        frames: H x W x 3, RGB, uint8, of one size; at least one.
        form: "webp" (small, true colours) or "gif" (shown everywhere, 256 colours a frame).
        seconds: how long it takes from the first frame to the last.

    Raises:
        InputError: there are no frames, or the form is neither of these.
    """
    if form not in FORMATS:
        raise InputError(f"an animation is one of {', '.join(FORMATS)}, not {form!r}")
    if not len(frames):
        raise InputError("there are no frames to animate; ask the method for some, such as frames=24")
    pictures = [Image.fromarray(frame) for frame in frames]
    each = max(20, round(1000 * seconds / len(pictures)))
    durations = [each] * (len(pictures) - 1) + [_REST]
    coded = io.BytesIO()
    more = {"quality": 85, "method": 4} if form == "webp" else {"disposal": 1}
    pictures[0].save(coded, form.upper(), save_all=True, append_images=pictures[1:], duration=durations, loop=0, **more)
    return coded.getvalue()
