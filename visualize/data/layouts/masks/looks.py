"""Content of masks in words, so that one can write the names of their values or colours."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from visualize.data.files.label_maps import read_colours, red_green_blue
from visualize.data.layouts.masks.colour_tables import said
from visualize.data.layouts.masks.values import look
from visualize.methods.errors import BrokenImage
from visualize.methods.phrases import first_few
from visualize.methods.progress import silent
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SOME = 24  # masks that are looked at
_FEW = 5  # colours that are named
_MANY = 4096  # different colours beyond which no more masks are looked at


def looks(masks: Sequence[Path]) -> str:
    """A sentence on what to write for some masks: names for their values, or for their colours.

    Args:
        masks: their files.
    """
    some = list(masks[:: max(1, len(masks) // _SOME)][:_SOME])
    colours = _colours(some)
    if colours:
        counts = [f"{said(colour)} ({count:,} pixels)" for colour, count in colours.most_common(_FEW)]
        shown = first_few(counts, _FEW, total=len(colours))
        first = said(colours.most_common(1)[0][0]).replace(",", " ")
        return f"write colors.txt with a line for each colour, as in 'road {first}'; they hold {shown}"
    values = look(some, lambda _: True, silent)
    if values.fault is not None and not values.seen:
        fault = printable(str(values.fault))
        return f"none of the {values.maps} masks that were looked at can be read; the last: {fault}"
    sample = min((value for value in values.seen if value), default=1)
    return f"write names.txt with a line for each value, as in '{sample} sky'; they hold {values.listed}"


def _colours(masks: Sequence[Path]) -> Counter[int]:
    """Pixels by colour; nothing where the masks are grey, or have palettes, and so hold values."""
    from visualize.methods.pictures.image_file import open_image

    counts: Counter[int] = Counter()
    for path in masks:
        try:
            with open_image(path) as stored:
                if stored.mode not in {"RGB", "RGBA"}:
                    continue
            colours = read_colours(path, path.name)
        except (BrokenImage, OSError, ValueError):
            continue
        codes, numbers = np.unique(red_green_blue(colours), return_counts=True)
        counts.update(dict(zip(codes.tolist(), numbers.tolist(), strict=True)))
        if len(counts) > _MANY:
            break
    grey = all(colour % 256 == colour // 256 % 256 == colour // 65536 for colour in counts)
    return Counter() if grey else counts
