"""Every score of each unit's name, as `viz dissect --scores` tells them: those that pass the test, and AUROC beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.cli.output import Sink
    from visualize.dissection import Table
    from visualize.methods.dissection.scores import LayerScores

_SHOWN = 10  # units of each layer, those with the largest IoU
_P = "p"


def scores_of(folder: Path, layer: str) -> list[dict[str, Any]]:
    """Scores of each unit's name.

    Args:
        folder: of a finished dissection.
        layer: its name.

    Returns:
        for each unit with a name ``unit``, ``category``, ``label``, and ``pixels``: every score by its name, and ``p``,
        the one-sided p-value of Mann and Whitney's test beside ``auroc``. Where pictures were counted too
        (``--score picture-f1`` and the like), ``pictures`` holds the same of whole pictures.
    """
    from visualize.dissection.results import has_scores, read_scores

    if not has_scores(folder, layer):
        return []
    scores = read_scores(folder, layer)
    kinds = {"pixels": _each(scores, pictures=False)} if scores.area is not None else {}
    if scores.both_pictures is not None:
        kinds["pictures"] = _each(scores, pictures=True)
    columns, _ = scores.best
    return [
        {"unit": unit, "category": scores.concepts[column].category, "label": scores.concepts[column].name}
        | {kind: {name: float(table[unit, column]) for name, table in each.items()} for kind, each in kinds.items()}
        for unit, column in enumerate(columns.tolist()) if column >= 0
    ]  # fmt: skip


def _each(scores: LayerScores, *, pictures: bool) -> dict[str, Any]:
    """Tables of units x concepts by the scores' names, and of p."""
    from visualize.methods.dissection.agreement import PICTURES, SCORES

    before = PICTURES if pictures else ""
    return {name: scores.scored(before + name) for name in SCORES} | {_P: scores.rank_p(pictures=pictures)}


def tell_scores(folder: Path, table: Table, sink: Sink) -> None:
    """Print every score of the names of the units with the largest IoU.

    Args:
        folder: of the dissection.
        table: of the layer.
        sink: for the table.
    """
    from visualize.dissection.concept_names import plain
    from visualize.methods.dissection.agreement import SCORES

    rows = scores_of(folder, table.layer)
    for kind in ("pixels", "pictures"):
        held = sorted((row for row in rows if kind in row), key=lambda row: -row[kind]["iou"])[:_SHOWN]
        if not held:
            continue
        failing = ", ".join(item.title for item in SCORES.values() if not item.passes)
        sink.text("", f"{table.name}, scores of {kind}; {failing} does not pass the test of scores and names no unit")
        sink.table(
            ("unit", "name", *(item.title for item in SCORES.values()), _P),
            [
                (
                    str(row["unit"]),
                    plain(row["category"], row["label"]),
                    *(f"{row[kind][name]:#.3g}" for name in SCORES),
                    f"{row[kind][_P]:.2g}",
                )
                for row in held
            ],
        )
