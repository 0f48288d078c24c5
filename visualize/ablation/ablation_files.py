"""Files that an ablation is written to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from visualize.ablation.figure import ablation_block
from visualize.ablation.tables import units_csv
from visualize.figures.formats import encoded
from visualize.files import save_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.ablation.result import Ablation
    from visualize.methods.provenance import Json


def write_ablation(lost: Ablation, folder: Path) -> tuple[tuple[Path, Path, Path], dict[str, Json]]:
    """Write the record, the table and the figure of an ablation.

    Args:
        lost: the ablation.
        folder: where they go, as ablation.json, units.csv and ablation.png.

    Returns:
        their paths in this order, and what the record holds.
    """
    record, table, figure = folder / "ablation.json", folder / "units.csv", folder / "ablation.png"
    document = lost.document()
    save_bytes(encoded(ablation_block(lost)), figure)
    save_bytes(units_csv(lost).encode(), table)
    save_bytes(f"{json.dumps(document, indent=2)}\n".encode(), record)
    return (record, table, figure), document
