"""The program's own commands by name, each loaded when it runs: the list of commands needs none of them."""

from __future__ import annotations

import functools
import importlib
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from typer.core import TyperCommand

MODULES = "visualize.cli.commands"
SUMMARIES: dict[str, str] = {
    "unit": "Draw the card of a unit; of several units, a card for each and one sheet of them all.",
    "dissect": "Find out what concept each unit of a layer detects, and how well: Network Dissection.",
    "ablate": "Measure what the network loses without its units: which classes each unit serves, and which units a "
    "class needs.",
    "text": "Name the units of a layer in free text, by the words that pictures which excite them are similar to.",
    "find": "Rank every unit of every layer that was dissected by its IoU with a concept.",
    "merge": "Put the shards of a dissection together: exactly what one run over the whole set would have given.",
    "compare": "Compare dissections: detectors and unique concepts by category, what only one has, the best unit "
    "for a concept.",
    "report": "Write a site of whole layers: a page for every unit and every concept, to browse, to search and to "
    "send.",
    "sweep": "Look into many networks at once: every layer of each, on every probe set, by every method of a file.",
    "annotate": "Ask people what units look for: a local page with a unit's pictures, for a word, misfits and a kind.",
    "transfer": "Measure what features are worth: how much of another task can be read off each layer by a linear "
    "classifier.",
    "models": "List the models by name, with the size of their weights and whether these are on this disk already.",
    "layers": "List the layers of a model worth looking at, in the order in which they run; with --every all of "
    "its layers.",
    "predict": "Name what photographs show, and draw where in them the network sees it.",
    "fetch": "Download models, with the names of their classes, and probe sets into the cache folder.",
    "cache": "List the files of the cache folder with their sizes, or remove some.",
    "data": "List the probe sets; or say what one holds: categories, concepts, and how much of its pixels they cover.",
}
"""What the list of commands says of each, in its order: the first paragraph of the command's docstring."""


@functools.cache  # typer takes longer to make one than many a run does
def own_command(name: str, kind: type[TyperCommand]) -> Any:  # noqa: ANN401 (click's or typer's own command)
    """Load a command with all its options: the function of a module that bears its name.

    Args:
        name: one of ``SUMMARIES``.
        kind: what it is made as.
    """
    module = importlib.import_module(f"{MODULES}.{name}")
    alone = typer.Typer(rich_markup_mode=None, add_completion=False)
    alone.command(name, cls=kind, epilog=module.EXAMPLES)(getattr(module, name))
    return typer.main.get_command(alone)
