"""``viz fetch``: download models and probe sets ahead of the time when they are wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from visualize.cli import completion, options
from visualize.cli.output import Sink
from visualize.cli.progress import watcher

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from visualize.data.catalogue import DataEntry
    from visualize.methods.progress import Progress
    from visualize.methods.provenance import Json
    from visualize.models.model_entry import ModelEntry


EXAMPLES = """\b
Examples:
  viz fetch places-squeezenet imagenet-squeezenet
  viz fetch places-alexnet broden-227 colors
  viz fetch torchvision/resnet50 --json
"""
_COLORS = "colors"
_HUB = "hf/"


@dataclass(frozen=True)
class _Wanted:
    """A model, a probe set or a table to fetch.

    Args:
        kind: "model", "set" or "table".
        name: its name, as users write it.
        get: downloads it, and gives its file or folder, or None where there is none.
        otherwise: what to say where there is none.
    """

    kind: str
    name: str
    get: Callable[[Progress], Path | None]
    otherwise: str = "needs no file"


def fetch(
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME...", help="Models of `viz models`, torchvision/NAME or timm/NAME; probe sets of "
                       "`viz data` or hf/OWNER/NAME; colors, the table for --colors.",
                       autocompletion=completion.fetchable),
    ],
    *,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:  # fmt: skip
    """Download models, with the names of their classes, and probe sets into the cache folder.

    What is there already, there or in the mirror, is checked and not fetched again. What cannot be had does not keep
    the others from being fetched. With VIZ_OFFLINE=1 neither this command nor any other downloads anything: what is
    missing is said in a line.
    """
    from visualize.methods.errors import InputError

    wanted = [_wanted(name) for name in dict.fromkeys(names)]
    sink = Sink(json)
    watch = watcher(quiet=quiet)
    documents: list[Json] = []
    refusals: list[str] = []
    for item in wanted:
        try:
            with watch(f"fetching {item.name}") as progress:
                path = item.get(progress)
        except InputError as fault:
            refusals.append(f"{item.name}: {fault}")
            continue
        documents.append({item.kind: item.name, "file": str(path) if path else None})
        if path or not quiet:
            sink.text(str(path) if quiet else f"{item.name}: {path or item.otherwise}")
    sink.document(documents)
    if refusals:
        raise InputError("; ".join(refusals))


def _wanted(name: str) -> _Wanted:
    """The model, probe set or table of a name.

    Raises:
        InputError: the name stands for nothing.
    """
    from visualize.data.catalogue import colour_table, entry_of

    probe_set = entry_of(name)
    if probe_set is not None:
        return _Wanted("set", probe_set.name, lambda progress: _set(probe_set, progress))
    if name == _COLORS:
        return _Wanted("table", name, lambda progress: colour_table(progress=progress))
    if name.startswith(_HUB):
        return _Wanted("set", name, lambda _: _of_hub(name), "in the cache of the library datasets")
    model = _model(name)
    return _Wanted("model", model.name, lambda progress: _weights(model, progress))


def _model(name: str) -> ModelEntry:
    from pathlib import Path

    from visualize.data.catalogue import ALIASES, CATALOGUE, by_hand
    from visualize.methods.errors import InputError, suggest
    from visualize.models.registry import entry_of
    from visualize.models.registry import names as models
    from visualize.models.sources.torchvision import examples

    plain = not ({"/", ":"} & set(name)) and not Path(name).exists()
    if plain and name not in models():
        if by_hand(name):
            raise InputError(by_hand(name))
        known = (*models(), *CATALOGUE, *ALIASES, _COLORS, *examples())
        raise InputError(
            f"neither a model nor a probe set is called {name!r}{suggest(name, known)}; viz models and viz data list "
            f"them"
        )
    return entry_of(name)


def _set(entry: DataEntry, progress: Progress) -> Path | None:
    from visualize.data.catalogue import fetch_set

    return fetch_set(entry, progress=progress) if entry.resources else None


def _of_hub(name: str) -> None:
    """Fetch a dataset of the Hugging Face hub, which its library keeps in a cache of its own."""
    from visualize.data.sets.hugging_face import open_hugging_face

    open_hugging_face(name)


def _weights(entry: ModelEntry, progress: Progress) -> Path | None:
    from visualize.download.fetch import fetch as fetch_file
    from visualize.methods.errors import InputError
    from visualize.models.class_names import IO_PLACES365, PLACES365
    from visualize.models.weights_file import weights_file

    path = weights_file(entry, progress=progress)
    if entry.classes == "places365":
        try:
            for names in (PLACES365, IO_PLACES365):
                fetch_file(names, otherwise="")
        except InputError as fault:
            raise InputError(f"its weights are there ({path}), but not the names of its classes: {fault}") from fault
    return path
