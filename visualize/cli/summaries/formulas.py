"""Words on the formulas that a dissection found: how much they add to single concepts, and the units that gain most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.dissection.formulas import read_formulas, sentences, words
from visualize.methods.concept_words import spoken

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.methods.dissection.composition.composing import Composition
    from visualize.methods.dissection.composition.formula import Composed
    from visualize.methods.provenance import Json

_SHOWN = 5  # units of each layer that are listed


def lines(out: Path, layer: str) -> list[str]:
    """Sentences on one layer's formulas; none where there are none.

    Args:
        out: the folder of the dissection.
        layer: the layer's name.
    """
    composition = read_formulas(out, layer)
    named = [] if composition is None else _named(composition)
    if composition is None or not named:
        return []
    before, after = (
        sum(values) / len(named) for values in zip(*((b.single_iou, b.iou) for _, b in named), strict=True)
    )
    proven = sum(best.optimal for _, best in named)
    gains = sorted(named, key=lambda pair: (pair[1].single_iou - pair[1].iou, pair[0]))
    told = (
        f"{layer}, formulas of up to {composition.length} concepts, over the {composition.pictures} pictures that are "
        f"annotated in every category: mean IoU {after:.3g}, with one concept {before:.3g}; "
        f"{proven} of {len(named)} are proven to be the best"
    )
    units = [f"  unit {unit}: {_line(best, composition)}" for unit, best in gains[:_SHOWN]]
    return [told, *units, *_of_ranges(composition, [unit for unit, _ in gains[:_SHOWN]])]


def _of_ranges(composition: Composition, units: list[int]) -> list[str]:
    """Sentences on the ranges of activation, and those of a few units; none where none were asked for."""
    if not composition.ranges:
        return []
    means = []
    for place in range(max(map(len, composition.ranges), default=0)):
        each = [item[place].best for item in composition.ranges if place < len(item)]
        ious = [best.iou for best in each if best is not None]
        means.append(f"{_mean(ious):.3g}" if ious else "none")
    told = f"by range of activation, the lowest first, mean IoU {', '.join(means)}"
    named = [
        f"  unit {unit}, {sentence[:1].lower()}{sentence[1:]}"
        for unit in units
        for sentence in sentences(composition, unit)[-len(composition.ranges[unit]) :]
        if composition.ranges[unit]
    ]
    return [told, *named]


def document(out: Path, layer: str) -> list[Json] | None:
    """The formulas for JSON: unit, formula, iou, optimal, single, single_iou; None where none were asked for.

    With ranges of activation each unit also has ``ranges``: low, high, positions, and what the formula says.
    """
    composition = read_formulas(out, layer)
    if composition is None:
        return None
    return [
        {"unit": unit, **_told(best, composition), **_ranges(unit, composition)} for unit, best in _named(composition)
    ]


def _told(best: Composed, composition: Composition) -> dict[str, Json]:
    return {
        "formula": words(best, composition.concepts),
        "iou": best.iou,
        "optimal": best.optimal,
        "single": _single(best, composition),
        "single_iou": best.single_iou,
    }


def _ranges(unit: int, composition: Composition) -> dict[str, Json]:
    if not composition.ranges:
        return {}
    several: list[Json] = [
        {"low": item.low, "high": item.high, "positions": item.positions}
        | ({} if item.best is None else _told(item.best, composition))
        for item in composition.ranges[unit]
    ]
    return {"ranges": several}


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _named(composition: Composition) -> list[tuple[int, Composed]]:
    return [(unit, best) for unit, best in enumerate(composition.best) if best is not None]


def _single(best: Composed, composition: Composition) -> str:
    concept = composition.concepts[best.single]
    return spoken(concept.category, concept.name)


def _line(best: Composed, composition: Composition) -> str:
    alone = f"{_single(best, composition)} alone {best.single_iou:#.3g}"
    return f"{words(best, composition.concepts)}, IoU {best.iou:#.3g} ({alone})"
