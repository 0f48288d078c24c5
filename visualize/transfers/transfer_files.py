"""Files that a measurement of what features are worth is written to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from visualize.figures.formats import encoded
from visualize.files import save_bytes
from visualize.intake.json_seals import sealed
from visualize.transfers.figures.measurement import transfer_block

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.methods.provenance import Json
    from visualize.transfers.result import Transfer


def write_transfer(worth: Transfer, folder: Path, *, published: bool = False) -> tuple[Path, Path, dict[str, Json]]:
    """Write the record and the figure of a measurement.

    Args:
        worth: the measurement.
        folder: where they go, as transfer.json and transfer.png.
        published: draw and list figures that others published as well.

    Returns:
        their paths, and what the record holds.
    """
    record, figure = folder / "transfer.json", folder / "transfer.png"
    document = worth.document()
    if published:
        from visualize.transfers.published import published as figures

        document["published_by_others"] = [item.document() for item in figures()]
    save_bytes(encoded(transfer_block(worth, published=published)), figure)
    save_bytes(f"{json.dumps(sealed(document), indent=2)}\n".encode(), record)
    return record, figure, document
