"""Masks of COCO's objects: polygons and run lengths, made by pycocotools once it is known that they can be."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from visualize.data.layouts.outlines import FARTHEST, MOST_POINTS, require_few, require_modest, require_size
from visualize.intake.fields import WrongValueError, either, items, record, text, whole
from visualize.intake.number_lists import numbers
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.data.files.registration import Size

_MOST_RUNS = 5_000_000
_TOGETHER = 8  # masks that are merged at once
_POLYGONS = items(numbers(most=2 * MOST_POINTS, bound=FARTHEST), most=100_000)
_SIDE = whole(0, 1 << 40)
_RUNS = record({
    "size": items(_SIDE, least=2, most=2),
    "counts": either(text(0, _MOST_RUNS), numbers(most=_MOST_RUNS, bound=float(1 << 40))),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Runs:
    """Run lengths of a mask, column by column, the first of pixels outside.

    Args:
        size: rows and columns.
        counts: the lengths, or COCO's text of them.
    """

    size: tuple[int, int]
    counts: str | NDArray[np.float64]


Polygons = tuple["NDArray[np.float64]", ...]


def outline(value: object) -> Polygons | Runs | None:
    """Read an annotation's ``segmentation``: a list of polygons, or run lengths; None where it has none.

    Polygons of fewer than three points enclose nothing and are left out.
    """
    if value is None:
        return None
    if isinstance(value, dict):
        held = _RUNS(value)
        return Runs(held["size"], held["counts"])
    polygons = _POLYGONS(value)
    for place, polygon in enumerate(polygons):
        if len(polygon) % 2:
            raise WrongValueError("x and y of each point", f"{len(polygon)} numbers").within(f"[{place}]")
    return tuple(polygon for polygon in polygons if len(polygon) >= 6) or None


def require_tools() -> None:
    """Find pycocotools.

    Raises:
        InputError: it is not installed.
    """
    _tools()


def require_drawable(concepts: Sequence[Sequence[Polygons | Runs]], size: Size) -> None:
    """Refuse a picture whose outlines take more than seconds to draw.

    Args:
        concepts: outlines of the objects of each concept.
        size: rows and columns.

    Raises:
        ValueError: they do.
    """
    each = [item for items_ in concepts for item in items_]
    polygons = [polygon.reshape(-1, 2) for item in each if not isinstance(item, Runs) for polygon in item]
    runs = [len(item.counts) for item in each if isinstance(item, Runs)]
    everywhere = [np.zeros((0, 2))] * len(runs)
    require_few([*polygons, *everywhere], size, maps=len(concepts), runs=sum(runs))


def mask(outlines: Sequence[Polygons | Runs], size: Size) -> NDArray[np.uint8]:
    """One mask of several objects, as pycocotools makes it.

    Args:
        outlines: of the objects.
        size: rows and columns.

    Returns:
        rows x columns, 1 inside of any of them.

    Raises:
        ValueError: run lengths do not add up or are of another size, an outline is too long, the mask too large.
        InputError: pycocotools is not installed.
    """
    require_size(size)
    tools = _tools()
    encoded: list[Any] = []
    for each in outlines:
        if isinstance(each, Runs):
            encoded.append(_encoded(each, size, tools))
        else:
            for polygon in each:
                require_modest(polygon.reshape(-1, 2))
            encoded += tools.frPyObjects([polygon.tolist() for polygon in each], *size)
    while len(encoded) > 1:  # a few at a time: merging each with all before it takes time by the square of their number
        encoded = [tools.merge(encoded[start : start + _TOGETHER]) for start in range(0, len(encoded), _TOGETHER)]
    made: NDArray[np.uint8] = tools.decode(encoded[0])
    return made


def _encoded(runs: Runs, size: Size, tools: Any) -> Any:  # noqa: ANN401 (pycocotools has no types)
    """Run lengths as pycocotools takes them, once they are known to fill the mask: it does not look."""
    if tuple(runs.size) != tuple(size):
        raise ValueError(f"run lengths of {runs.size[1]:,} x {runs.size[0]:,} pixels in {size[1]:,} x {size[0]:,}")
    counts = _lengths(runs.counts) if isinstance(runs.counts, str) else runs.counts
    pixels = size[0] * size[1]
    if len(counts) > pixels + 2 or (counts < 0).any() or (counts != np.floor(counts)).any() or counts.sum() != pixels:
        raise ValueError(f"run lengths that do not add up to the {pixels:,} pixels of the picture")
    return tools.frPyObjects({"size": list(size), "counts": counts.astype(np.int64).tolist()}, *size)


def _lengths(text: str) -> NDArray[np.float64]:
    """Lengths of a compressed mask.

    Each character holds five bits, the lowest first, and whether another follows; the highest bit of the last is the
    sign, and from the fourth on, lengths are stored less the one before the last (maskApi.c, ``rleToString``).

    Raises:
        ValueError: it is no such text.
    """
    codes = np.frombuffer(text.encode("latin-1", "replace"), np.uint8).astype(np.int64) - 48
    if len(codes) and (codes.min() < 0 or codes.max() > 63 or codes[-1] & 32):
        raise ValueError("a text that is none of COCO's run lengths")
    ends = np.flatnonzero((codes & 32) == 0)
    starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else ends
    places = np.arange(len(codes)) - np.repeat(starts, ends - starts + 1)
    if len(places) and places.max() > 7:  # forty bits: more than any picture has pixels
        raise ValueError("a text that is none of COCO's run lengths")
    stored = np.add.reduceat((codes & 31) << 5 * places, starts) if len(ends) else codes
    stored -= np.where(codes[ends] & 16, np.int64(1) << 5 * (ends - starts + 1), 0)
    stored[3::2] = np.cumsum(stored[1::2])[1:]
    stored[4::2] = np.cumsum(stored[2::2])[1:]
    return stored.astype(np.float64)


def _tools() -> Any:  # noqa: ANN401 (pycocotools has no types)
    try:
        return importlib.import_module("pycocotools.mask")
    except ImportError as fault:
        raise InputError(
            "masks of COCO's polygons and run lengths are made by pycocotools, which is not installed; run: "
            "pip install 'viz-units[coco]'"
        ) from fault
