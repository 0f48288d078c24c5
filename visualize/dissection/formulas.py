"""Files of formulas: the names of several concepts that a dissection gives to units."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visualize.dissection.durable_files import durable
from visualize.dissection.record_fields import layer_facts
from visualize.dissection.tables import MANIFEST, verify
from visualize.intake import json_text
from visualize.intake.fields import checked, items, maybe, number, one_of, record, text, truth, whole
from visualize.methods.concept_words import spoken
from visualize.methods.dissection.composition.composing import Composition
from visualize.methods.dissection.composition.formula import Composed, Formula, Operator
from visualize.methods.dissection.composition.ranges import Range
from visualize.methods.errors import InputError
from visualize.methods.pictures.labelled import Concept

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST = 1 << 20
_PIXELS = 1 << 60
_OPERATORS = tuple(str(operator) for operator in Operator)
_concept = record({"number": whole(1, 1 << 31), "name": text(0, 1000), "category": text(0, 1000)}, closed=True)
_unit = record(
    {
        "formula": text(0, 20_000),
        "concepts": items(whole(0, _MOST), least=1, most=100),
        "operators": items(one_of(_OPERATORS), most=100),
        "iou": number(0, 1),
        "intersection": whole(0, _PIXELS),
        "truth": whole(0, _PIXELS),
        "activation": whole(0, _PIXELS),
        "optimal": truth,
        "single": whole(0, _MOST),
        "single_iou": number(0, 1),
    },
    closed=True,
)
_range = record(
    {"low": number(0), "high": number(0), "positions": whole(0, _PIXELS), "best": maybe(_unit)}, closed=True
)
_file = record(
    {
        "layer": text(1),
        "length": whole(1, 100),
        "pictures": whole(0, 1 << 40),
        "cells": whole(0, 1 << 40),
        "concepts": items(_concept, most=_MOST),
        "units": items(maybe(_unit), most=_MOST),
    },
    {"ranges": items(items(_range, most=100), most=_MOST)},
    closed=True,
)


def write_formulas(path: Path, composition: Composition) -> None:
    """Write the formulas of a layer as JSON; ``concepts`` and ``single`` of a unit count from 0 in the file's list."""
    content = {
        "layer": composition.layer,
        "length": composition.length,
        "pictures": composition.pictures,
        "cells": composition.cells,
        "concepts": [
            {"number": concept.number, "name": concept.name, "category": concept.category}
            for concept in composition.concepts
        ],
        "units": [None if best is None else _document(best, composition) for best in composition.best],
    }
    if composition.ranges:
        content["ranges"] = [[_of_range(item, composition) for item in each] for each in composition.ranges]
    with durable(path) as file:
        file.write(json.dumps(content, indent=1).encode())


def read_formulas(out: str | Path, layer: str) -> Composition | None:
    """The formulas of one layer's units; None where the dissection was not asked for any.

    Args:
        out: the folder of a finished dissection.
        layer: the layer's name.

    Raises:
        InputError: the folder holds no finished dissection of that layer, or the file is damaged.
    """
    out = Path(out).expanduser()
    about = layer_facts(out / MANIFEST, layer)
    if "formulas" not in about:
        return None
    path = out / about["formulas"]
    verify(path, about, "formulas")
    held = checked(json_text.load(path), _file, str(path))
    concepts = tuple(Concept(item["number"], item["name"], item["category"]) for item in held["concepts"])
    best = tuple(None if item is None else _composed(item, len(concepts), path) for item in held["units"])
    ranges = tuple(tuple(_range_of(item, len(concepts), path) for item in each) for each in held.get("ranges", ()))
    for listed in (best, ranges) if "ranges" in held else (best,):
        if len(listed) != about["units"]:
            raise InputError(f"{path} is damaged: it lists {len(listed)} units, and the layer has {about['units']}")
    if held["layer"] != layer:
        raise InputError(f"{path} is damaged: it is of the layer {held['layer'][:60]!r} rather than {layer!r}")
    return Composition(held["layer"], concepts, held["length"], held["pictures"], held["cells"], best, ranges)


def words(composed: Composed, concepts: tuple[Concept, ...]) -> str:
    """The formula in words, such as ``"(water OR sky) AND NOT blue"``."""
    return composed.formula.words(lambda column: spoken(concepts[column].category, concepts[column].name))


def sentences(composition: Composition, unit: int) -> tuple[str, ...]:
    """Sentences on a unit's formulas: on that of its largest activations, then on those of its ranges."""
    best, ranges = composition.best[unit], composition.ranges[unit] if composition.ranges else ()
    told = () if best is None else (f"Of several concepts: {_fit(best, composition)}.",)
    total = sum(item.positions for item in ranges)
    several = (
        f"{item.told(total)}: {'no concept' if item.best is None else _fit(item.best, composition)}." for item in ranges
    )
    return (*told, *(f"{text[:1].upper()}{text[1:]}" for text in several))


def _fit(best: Composed, composition: Composition) -> str:
    return f"{words(best, composition.concepts)}, IoU {best.iou:.3g}"


def _of_range(item: Range, composition: Composition) -> dict[str, Any]:
    return {
        "low": item.low,
        "high": item.high,
        "positions": item.positions,
        "best": None if item.best is None else _document(item.best, composition),
    }


def _range_of(held: Mapping[str, Any], concepts: int, path: Path) -> Range:
    if held["low"] > held["high"]:
        raise InputError(f"{path} is damaged: a range of activations ends below where it begins")
    best = None if held["best"] is None else _composed(held["best"], concepts, path)
    return Range(held["low"], held["high"], held["positions"], best)


def _document(best: Composed, composition: Composition) -> dict[str, Any]:
    return {
        "formula": words(best, composition.concepts),
        "concepts": list(best.formula.columns),
        "operators": [str(operator) for operator, _ in best.formula.rest],
        "iou": best.iou,
        "intersection": best.intersection,
        "truth": best.truth,
        "activation": best.activation,
        "optimal": best.optimal,
        "single": best.single,
        "single_iou": best.single_iou,
    }


def _composed(held: Mapping[str, Any], concepts: int, path: Path) -> Composed:
    columns = held["concepts"]
    if max(*columns, held["single"]) >= concepts or len(columns) != len(held["operators"]) + 1:
        raise InputError(f"{path} is damaged: a formula names a concept that it does not list")
    if held["intersection"] > min(held["truth"], held["activation"]):
        raise InputError(f"{path} is damaged: a formula's mask meets more pixels than there are")
    rest = tuple((Operator(operator), column) for operator, column in zip(held["operators"], columns[1:], strict=True))
    return Composed(
        Formula(columns[0], rest),
        held["intersection"],
        held["truth"],
        held["activation"],
        optimal=held["optimal"],
        single=held["single"],
        single_iou=held["single_iou"],
    )
