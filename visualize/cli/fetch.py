"""``viz fetch``: download models ahead of the time when they are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from visualize.cli import completion, options
from visualize.cli.progress import watcher
from visualize.cli.sink import Sink

if TYPE_CHECKING:
    from pathlib import Path

    from methods.method import Json
    from visualize.models.model_card import ModelCard

EXAMPLES = """\b
Examples:
  viz fetch places-squeezenet imagenet-squeezenet
  viz fetch places-alexnet --json
"""


def fetch(
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME...", help="Models of `viz models`, torchvision/NAME or timm/NAME.",
                       autocompletion=completion.models),
    ],
    *,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:  # fmt: skip
    """Download the weights of models, and the names of their classes, into the cache folder.

    What is there already, there or in the mirror, is checked and not fetched again. A model that cannot be had does not
    keep the others from being fetched.
    """
    from methods.errors import InputError
    from visualize.models.zoo import card

    found = [card(name) for name in names]
    sink = Sink(json)
    watch = watcher(quiet=quiet)
    documents: list[Json] = []
    refusals: list[str] = []
    for one in found:
        try:
            with watch(f"fetching {one.name}") as progress:
                path = _fetched(one, progress)
        except InputError as fault:
            refusals.append(f"{one.name}: {fault}")
            continue
        documents.append({"model": one.name, "file": str(path) if path else None})
        sink.text(str(path) if quiet else f"{one.name}: {path or 'needs no file'}")
    sink.document(documents)
    if refusals:
        raise InputError("; ".join(refusals))


def _fetched(card: ModelCard, progress: object) -> Path | None:
    from visualize.models.classes import IO_PLACES365, PLACES365
    from visualize.models.download import fetch as fetch_file
    from visualize.models.fetching import weights_file

    path = weights_file(card, progress=progress)  # type: ignore[arg-type]
    if card.classes == "places365":
        for names in (PLACES365, IO_PLACES365):
            fetch_file(names)
    return path
