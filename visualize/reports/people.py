"""Names that people gave, beside the layers of a report."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.methods.errors import InputWarning
from visualize.people.files import read
from visualize.reports.folders import layer_folders

if TYPE_CHECKING:
    from visualize.people.files import PeopleNames


def names_in(file: str | Path) -> PeopleNames:
    """Names of a file that the user gives.

    Args:
        file: what ``viz annotate --export`` writes, or a table with the columns layer, unit and word.

    Raises:
        InputError: it cannot be read.
    """
    return read(Path(file).expanduser())


def keep(site: Path, names: PeopleNames) -> None:
    """Put names beside the layers that they are of, in place of those that lie there.

    Args:
        site: the report's folder.
        names: of units of these layers and of others.
    """
    several = 0
    for folder in layer_folders(site):
        facts = folder.facts()
        called = {unit: names.get(facts.model, facts.layer, unit) for unit in range(facts.units)}
        known = {unit: name for unit, name in called.items() if name is not None}
        several += len(known)
        if known:
            folder.write_people(known)
    if not several:
        layers = dict.fromkeys(f"{layer} of {model or 'any network'}" for model, layer, _ in names.names)
        told = ", ".join(list(layers)[:3]) or "no unit at all"
        warnings.warn(f"--names names no unit of this report; it names {told}", InputWarning, stacklevel=2)
