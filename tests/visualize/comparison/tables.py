"""Tables of dissections written for a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.comparison.comparison import Comparison, open_tables

if TYPE_CHECKING:
    from pathlib import Path


_HEAD = "unit,category,label,score," + ",".join(
    f"{name}-{column}"
    for name in ("object", "color")
    for column in ("label", "truth", "activation", "intersect", "iou")
)


def written(folder: Path, name: str, rows: list[tuple[str, float, str, float]]) -> str:
    """A table of units 1, 2, ... with (object, its IoU, colour, its IoU)."""
    lines = [_HEAD]
    for unit, (thing, iou, colour, other) in enumerate(rows, 1):
        best = ("object", thing, iou) if iou >= other else ("color", colour, other)
        columns = [unit, *best, thing, 100, 100, 50 * iou, iou, colour, 100, 100, 50 * other, other]
        lines.append(",".join(map(str, columns)))
    path = folder / f"{name}.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def two_tables(folder: Path) -> Comparison:
    """Two tables that share the house and red; the lamp is in the first alone."""
    first = written(
        folder, "one", [("house", 0.2, "red", 0.1), ("house", 0.3, "red", 0.01), ("lamp", 0.05, "blue", 0.01)]
    )
    other = written(folder, "other", [("car", 0.02, "red", 0.06), ("house", 0.041, "red", 0.04)])
    return Comparison(open_tables([first, other]))
