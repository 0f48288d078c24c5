"""Filling outlines on whole pixels as OpenCV's ``fillPoly`` does, by which YOLO's own programs make masks of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.data.files.registration import Size

_SHIFT = 16  # bits behind the point of crossings
_HALF = 1 << (_SHIFT - 1)


def fill(mask: NDArray[np.bool_], points: NDArray[np.int64]) -> None:
    """Mark the pixels of an outline: by the even-odd rule between its crossings with each row, and those on its edges.

    Points outside of the mask are not exactly OpenCV's: it bends the edges there, which moves some pixels at them.

    Args:
        mask: of the picture, rows x columns, contiguous.
        points: n x 2, x and y in whole pixels; the last is joined to the first.
    """
    if not len(points):
        return
    starts, ends = np.roll(points, 1, 0), points
    _fill(mask, starts, ends)
    tall, wide = mask.shape
    if (points < 0).any() or (points >= (wide, tall)).any():
        pairs = zip(starts.tolist(), ends.tolist(), strict=True)
        cut = [edge for start, end in pairs if (edge := _cut(start, end, (tall, wide))) is not None]
        inside = np.array(cut, np.int64).reshape(-1, 4)
        starts, ends = inside[:, :2], inside[:, 2:]
    _draw(mask, starts, ends)


def _fill(mask: NDArray[np.bool_], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> None:
    """Fill every other gap between crossings: its left end is rounded to the nearest pixel, its right end down."""
    tall, wide = mask.shape
    rises = starts[:, 1] != ends[:, 1]
    down = (starts[:, 1] < ends[:, 1])[:, None]
    top, bottom = np.where(down, starts, ends)[rises], np.where(down, ends, starts)[rises]
    run = (bottom[:, 0] - top[:, 0]) << _SHIFT
    slope = np.sign(run) * (np.abs(run) // (bottom[:, 1] - top[:, 1]))  # cut towards zero, as C divides
    first = top[:, 1].clip(0, tall)
    counts = bottom[:, 1].clip(0, tall) - first
    edge = np.repeat(np.arange(len(counts)), counts)
    rows = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
    across = (top[edge, 0] << _SHIFT) + slope[edge] * (rows - top[edge, 1])
    order = np.lexsort((across, rows))
    rows, across = rows[order][::2], across[order]  # an outline that closes crosses each row an even number of times
    left, right = (across[::2] + _HALF) >> _SHIFT, across[1::2] >> _SHIFT
    seen = (right >= 0) & (left < wide) & (left <= right)
    flat = mask.reshape(-1)
    begins = rows[seen] * wide + left[seen].clip(0)
    stops = rows[seen] * wide + right[seen].clip(max=wide - 1) + 1
    for begin, stop in zip(begins.tolist(), stops.tolist(), strict=True):  # work in proportion to the outline's length
        flat[begin:stop] = True


def _draw(mask: NDArray[np.bool_], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> None:
    """Draw edges within the picture by Bresenham's steps, from left to right."""
    turned = (starts[:, 0] > ends[:, 0])[:, None]
    starts, ends = np.where(turned, ends, starts), np.where(turned, starts, ends)
    span = ends - starts
    steep = np.abs(span[:, 1]) > span[:, 0]
    major, minor = np.where(steep, np.abs(span[:, 1]), span[:, 0]), np.where(steep, span[:, 0], np.abs(span[:, 1]))
    counts = major + 1
    edge = np.repeat(np.arange(len(counts)), counts)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
    aside = (2 * minor[edge] * step + major[edge] - 1) // np.maximum(2 * major[edge], 1)
    rise = np.sign(span[edge, 1])
    x = starts[edge, 0] + np.where(steep[edge], aside, step)
    y = starts[edge, 1] + rise * np.where(steep[edge], step, aside)
    mask[y, x] = True


def _cut(start_at: tuple[int, int], end_at: tuple[int, int], size: Size) -> tuple[int, int, int, int] | None:
    """Edge with its ends at the picture's border where they lie outside; None where it does not meet the picture."""
    (x, y), (to_x, to_y) = start_at, end_at
    right, bottom = size[1] - 1, size[0] - 1

    def outside(x: int, y: int) -> int:
        return (x < 0) + 2 * (x > right) + 4 * (y < 0) + 8 * (y > bottom)

    start, end = outside(x, y), outside(to_x, to_y)
    if not start & end:
        if start & 12:
            line = 0 if start < 8 else bottom
            x, y = x + int(float(line - y) * (to_x - x) / (to_y - y)), line
            start = outside(x, y) & 3
        if end & 12:
            line = 0 if end < 8 else bottom
            to_x, to_y = to_x + int(float(line - to_y) * (to_x - x) / (to_y - y)), line
            end = outside(to_x, to_y) & 3
        if not start & end:
            if start:
                line = 0 if start == 1 else right
                x, y, start = line, y + int(float(line - x) * (to_y - y) / (to_x - x)), 0
            if end:
                line = 0 if end == 1 else right
                to_x, to_y, end = line, to_y + int(float(line - to_x) * (to_y - y) / (to_x - x)), 0
    return None if start | end else (x, y, to_x, to_y)
