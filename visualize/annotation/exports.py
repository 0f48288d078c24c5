"""Answers as files for other programs: a table with a row for each answer, or JSON with all that there is."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from visualize.files import check_writable, save_bytes
from visualize.methods.errors import InputError
from visualize.spreadsheets import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from visualize.annotation.measured import Measured
    from visualize.annotation.records import Answer, Key
    from visualize.annotation.storage import Answers

COLUMNS = (
    "model", "layer", "unit", "annotator", "word", "kind", "fitting", "pictures", "misfits", "decoys", "decoys_found",
    "saved", "data", "measured", "category", "iou", "detector",
)  # fmt: skip
"""Columns of the table."""
FORMAT = 1
ENDINGS = (".csv", ".json")


def check(path: Path) -> None:
    """Refuse a file that answers cannot be written to.

    Raises:
        InputError: its name ends otherwise, or its folder cannot be written.
    """
    if path.suffix.lower() not in ENDINGS:
        raise InputError(f"{path} ends in none of {' and '.join(ENDINGS)}; give such a file with --export")
    check_writable(path.parent)


def export(answers: Answers, known: Mapping[Key, Measured], path: Path) -> tuple[int, int]:
    """Write answers to a file, by its ending.

    Args:
        answers: all of them.
        known: what is known of the units.
        path: a ``.csv`` or a ``.json``.

    Returns:
        how many answers it holds, and how many were left out, as they are on units that are not known.

    Raises:
        InputError: the file can be neither, or cannot be written.
    """
    check(path)
    several = answers.all()
    held = sum(answer.key in known for answer in several)
    if path.suffix.lower() == ".csv":
        content = table(several, known)
    else:
        content = f"{json.dumps(document(answers, several, known), indent=1, ensure_ascii=False)}\n"
    save_bytes(content.encode("utf-8", "replace"), path)
    return held, len(several) - held


def table(answers: Sequence[Answer], known: Mapping[Key, Measured]) -> str:
    """Answers as CSV, a row each; units that the report does not hold any more are left out."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for answer in answers:
        if answer.key in known:
            writer.writerow({name: _cell(value) for name, value in _row(answer, known[answer.key]).items()})
    return out.getvalue()


def document(answers: Answers, several: Sequence[Answer], known: Mapping[Key, Measured]) -> dict[str, Any]:
    """Answers for JSON, with the pictures that each was shown."""
    rows = []
    for answer in several:
        if answer.key in known:
            shown = [
                {"file": item.file, "unit": item.unit, "place": item.place, "fits": place not in answer.misfits}
                for place, item in enumerate(answer.shown)
            ]
            rows.append({**_row(answer, known[answer.key]), "shown": shown})
    settings = {"decoys": answers.mixing.share, "seed": answers.mixing.seed}
    return {"format": FORMAT, "settings": settings, "people": answers.people(), "answers": rows}


def _row(answer: Answer, unit: Measured) -> dict[str, Any]:
    return {
        "model": unit.model,
        "layer": unit.layer,
        "unit": unit.unit,
        "annotator": answer.annotator,
        "word": answer.word,
        "kind": answer.kind,
        "fitting": answer.fitting if answer.word else None,
        "pictures": answer.own,
        "misfits": [place + 1 for place in answer.misfits],
        "decoys": answer.decoys,
        "decoys_found": answer.decoys_found if answer.word else None,
        "saved": answer.saved,
        "data": unit.data,
        "measured": unit.label if unit.dissected else None,
        "category": unit.category if unit.dissected else None,
        "iou": unit.iou if unit.dissected else None,
        "detector": unit.detector if unit.dissected else None,
    }


def _cell(value: object) -> str:
    """A value as text that no spreadsheet runs."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, list):
        return " ".join(map(str, value))
    text = str(value)
    return quoted(text) if isinstance(value, str) else text
