"""Files of tests: how the names of a layer's detectors did as predictions, kept beside its table."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visualize.dissection.durable_files import durable
from visualize.dissection.record_fields import layer_facts
from visualize.dissection.seals import of_file
from visualize.dissection.tables import MANIFEST, verify
from visualize.dissection.verification import Verification
from visualize.intake import json_text
from visualize.intake.fields import checked, items, maybe, number, record, text, truth, whole
from visualize.intake.json_seals import sealed, unsealed
from visualize.methods.dissection.held_out import Prediction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ENDING = ".tests.json"
_MOST = 1 << 20
_tested = {
    "unit": whole(0, _MOST), "label": text(0, 1000), "category": text(0, 1000), "auc": number(0, 1), "shift": number(),
    "p": number(0, 1), "adjusted": number(0, 1), "survives": truth,
}  # fmt: skip
_prediction = record({**_tested, "chosen": number(0, 1), "held": number(0, 1)}, closed=True)
_verification = record(
    {**_tested, "pairs": whole(0, _MOST), "gains": number(0, 1), "reason": text(0, 1000)}, closed=True
)
_file = record(
    {
        "layer": text(1),
        "table_sha256": text(64, 64),
        "other_half": items(_prediction, most=_MOST),
        "drawn_with_and_without": maybe(items(_verification, most=_MOST)),
    },
    closed=True,
)


@dataclass(frozen=True)
class KeptTests:
    """How the names of a layer's detectors did as predictions.

    Args:
        layer: the layer's name.
        halves: on the half of the pictures that had no say in them.
        scenes: on scenes drawn with the concept and without it; None where the set is none of scenes.

    Example:
        >>> KeptTests("conv5", ()).survivors
        (0, 0)
    """

    layer: str
    halves: tuple[Prediction, ...]
    scenes: tuple[Verification, ...] | None = None

    @property
    def survivors(self) -> tuple[int, int]:
        """Detectors that survive on the other half, and on scenes drawn with the concept and without it."""
        return sum(item.survives for item in self.halves), sum(item.survives for item in self.scenes or ())

    def of(self, unit: int) -> tuple[Prediction | None, Verification | None]:
        """How a unit's name did on the other half, and on scenes; None where it was not tested there."""
        half = next((item for item in self.halves if item.unit == unit), None)
        return half, next((item for item in self.scenes or () if item.unit == unit), None)


def write_tests(
    out: str | Path, layer: str, halves: Sequence[Prediction], scenes: Sequence[Verification] | None
) -> Path:
    """Keep the tests of a layer's names in ``LAYER.tests.json``, beside the table that they are of.

    Args:
        out: the folder of a finished dissection.
        layer: the layer's name.
        halves: see :class:`KeptTests`.
        scenes: likewise.

    Returns:
        the file.

    Raises:
        InputError: the folder holds no finished dissection of that layer, or cannot be written.
    """
    out = Path(out).expanduser()
    table = _table(out, layer)
    content = {
        "layer": layer,
        "table_sha256": of_file(table),
        "other_half": [item.facts() for item in halves],
        "drawn_with_and_without": None if scenes is None else [item.facts() for item in scenes],
    }
    path = _path(table)
    with durable(path) as file:
        file.write(json.dumps(sealed(content), indent=1).encode())
    return path


def read_tests(out: str | Path, layer: str) -> KeptTests | None:
    """The tests of a layer's names; None where none were made, or the layer was dissected again since.

    Args:
        out: the folder of a finished dissection.
        layer: the layer's name.

    Raises:
        InputError: the folder holds no finished dissection of that layer, or the file or its table is damaged.
    """
    out = Path(out).expanduser()
    table = _table(out, layer)
    path = _path(table)
    if not path.is_file():
        return None
    content = unsealed(json_text.load(path), str(path), needed=False)  # older ones have no checksum
    held = checked(content, _file, str(path))
    if held["table_sha256"] != of_file(table):
        return None
    scenes = held["drawn_with_and_without"]
    return KeptTests(
        held["layer"],
        tuple(Prediction(**_fields(item)) for item in held["other_half"]),
        None if scenes is None else tuple(Verification(**_fields(item)) for item in scenes),
    )


def _table(out: Path, layer: str) -> Path:
    about = layer_facts(out / MANIFEST, layer)
    table = out / str(about["csv"])
    verify(table, about, "csv")
    return table


def _path(table: Path) -> Path:
    return table.with_name(f"{table.name.removesuffix('.csv')}{_ENDING}")


def _fields(item: Mapping[str, Any]) -> dict[str, Any]:
    """Fields that a record is made of: all but what follows from others."""
    return {name: value for name, value in item.items() if name != "survives"}
