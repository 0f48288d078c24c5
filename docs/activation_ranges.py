"""Draw ``docs/methods/ranges.png``: ``python docs/activation_ranges.py [UNIT]``, a minute or two.

Five ranges of one unit's activations, each with its formula and the two scenes of which it takes most.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from visualize.data import open_labelled
from visualize.dissection.formulas import words
from visualize.methods.dissection.masks import Evaluator
from visualize.methods.dissection.pipeline import dissect, masks
from visualize.methods.dissection.settings import Settings
from visualize.methods.drawing.highlight import enlarged, highlight
from visualize.methods.drawing.text import letters, wrap
from visualize.models.loading import load

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.methods.dissection.composition.ranges import Range
    from visualize.methods.dissection.pipeline import Dissected
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.labelled import Labelled

OUT = Path(__file__).resolve().parent / "methods" / "ranges.png"
MODEL, LAYER, UNIT, SCENES, RANGES, SHOWN = "scenes-alexnet-plain", "conv5", 53, 100, 5, 2
_SIDE, _GAP, _HEAD = 176, 12, 100


def main() -> None:
    """Dissect, and draw one unit."""
    unit = int(sys.argv[1]) if len(sys.argv) > 1 else UNIT
    labelled, probe = open_labelled("scenes", count=SCENES), load(MODEL)
    dissected = dissect(probe, [LAYER], labelled, Settings(compose=3, ranges=RANGES, resamples=0))
    composition = dissected.composed[LAYER]
    ranges = composition.ranges[unit]
    within = _within(dissected, labelled, unit)
    wide = len(ranges) * (_SIDE + _GAP) + _GAP
    sheet = Image.new("RGB", (wide, _HEAD + SHOWN * (_SIDE + _GAP)), "white")
    total = sum(item.positions for item in ranges)
    for place, item in enumerate(ranges):
        left = _GAP + place * (_SIDE + _GAP)
        _column(sheet, left, item, total, "" if item.best is None else words(item.best, composition.concepts))
        for row, index in enumerate(np.argsort(-within[place].sum((1, 2)), kind="stable")[:SHOWN]):
            tile = _tile(labelled, probe.prepare, int(index), within[place][index])
            sheet.paste(tile, (left, _HEAD + row * (_SIDE + _GAP)))
    sheet.quantize(256).save(OUT, optimize=True)


def _within(dissected: Dissected, labelled: Labelled, unit: int) -> list[NDArray[np.bool_]]:
    """For each of a unit's ranges, where on every picture its activation lies within it."""
    held, wanted = dissected.evaluators[LAYER], [(unit, index) for index in range(len(labelled))]
    above = []
    for item in dissected.composed[LAYER].ranges[unit]:
        cuts = np.full_like(held.thresholds, np.inf)
        cuts[unit] = item.low
        drawn = masks(dissected.store, LAYER, Evaluator(held.numbering, held.resampling, cuts), wanted)
        above.append(np.stack([drawn[pair] for pair in wanted]))
    above.append(np.zeros_like(above[0]))
    return [lower & ~upper for lower, upper in itertools.pairwise(above)]


def _column(sheet: Image.Image, left: int, item: Range, total: int, formula: str) -> None:
    """Write what stands above the pictures of a range."""
    share = f"{100 * item.positions / total:.2g} % of all above 0"
    iou = "" if item.best is None else f", IoU {item.best.iou:.2f}"
    letters(17).write(sheet, (left, 8), f"{item.low:.2g} to {item.high:.2g}", colour="black")
    letters(12).write(sheet, (left, 30), f"{share}{iou}", colour="dimgrey")
    for row, text in enumerate(wrap(formula, letters(13), _SIDE)):
        letters(13).write(sheet, (left, 48 + 16 * row), text, colour="black")


def _tile(labelled: Labelled, preparation: Preparation, index: int, mask: NDArray[np.bool_]) -> Image.Image:
    picture = labelled.load(index, preparation)
    return Image.fromarray(highlight(picture, enlarged(mask, picture))).resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()
