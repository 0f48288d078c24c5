"""The line that says how units on cards without a name get one."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.printable import clean

if TYPE_CHECKING:
    from visualize.cards.inspection import Inspection


def naming_command(inspection: Inspection) -> str | None:
    """The command that names the units of an inspection; None where they have names, or no labels could give any.

    Args:
        inspection: whose request is of a card, for figures of one method bear no name.
    """
    from visualize.cards import resolve as subject
    from visualize.cards.request import DEFAULT_MODEL

    request, layers = inspection.request, inspection.unnamed
    entry = subject.catalogue_entry(request)
    where = subject.asked_for(request, entry)
    if not layers or not isinstance(request.model, str) or not isinstance(where, str | Path):
        return None
    usual = entry is not None and entry.default_layer and layers == (inspection.probe.layer(entry.default_layer).name,)
    words = ["viz", "dissect"]
    words += [] if request.model == DEFAULT_MODEL else ["--model", request.model]
    words += [] if request.weights is None else ["--weights", str(request.weights)]
    words += [] if usual else ["--layer", ",".join(layers)]
    for option in ("size", "mean", "std", "order"):
        given = getattr(request, option)
        listed = given if isinstance(given, list | tuple) else [given]
        words += [] if given is None else [f"--{option}", ",".join(map(str, listed))]
    return shlex.join([*words, *([] if request.images is None else ["--data", str(where)])])


def say_how_to_name(inspection: Inspection) -> None:
    """Write on standard error how the units would get names, if that is known."""
    command = naming_command(inspection)
    if command is not None:
        sys.stderr.write(f"viz: no name yet: {clean(command)} measures which concept each unit detects, for its card\n")
