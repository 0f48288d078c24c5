"""``viz models``: the models of the catalogue, and which of them are on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from visualize.cli import completion, options
from visualize.cli.output import Sink
from visualize.methods.errors import InputError, suggest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.provenance import Json
    from visualize.models.registry import Listed


EXAMPLES = """\b
Examples:
  viz models
  viz models scenes-jigsaw     # how well it solves its own task, its licence and paper
  viz models --json
"""
_HEADS = ("model", "task", "size", "on disk", "what it is")
_MORE = (
    "torchvision/NAME and timm/NAME are any network of these libraries; hub/OWNER/REPO:ENTRY is one of torch.hub;",
    "random/NAME is an untrained twin of any of them, random/NAME#7 the one of seed 7;",
    "package.module:function, path/to/file.py:function or a TorchScript file is a network of your own.",
)


_Name = Annotated[
    str | None,
    typer.Argument(metavar="NAME", autocompletion=completion.models, help="One of them: all that is known of it."),
]


def models(name: _Name = None, *, json: options.JsonOption = False) -> None:
    """List the models by name, with the size of their weights and whether these are on this disk already.

    With a name: what is known of that model, such as how well it solves the task that it was trained for.
    """
    from visualize.models.registry import listing

    listed = listing()
    sink = Sink(json)
    if name is None:
        sink.table(_HEADS, [_row(model) for model in listed])
        sink.text("", *_MORE)
    else:
        listed = (_of_name(name, listed),)
        sink.text(*_card(listed[0]))
    sink.document([_record(model) for model in listed])


def _of_name(name: str, listed: Sequence[Listed]) -> Listed:
    for model in listed:
        if model.name == name:
            return model
    raise InputError(f"no model of the list is called {name!r}{suggest(name, [model.name for model in listed])}")


def _card(model: Listed) -> tuple[str, ...]:
    _, task, size, there, title = _row(model)
    told = {"task": task, "size": f"{size}, on disk: {there}", "source": model.source, "licence": model.licence,
            "paper": model.paper}  # fmt: skip
    facts = [f"  {head:<8} {text}" for head, text in told.items() if text]
    return f"{model.name}: {title}", *facts, *(f"  note     {note}" for note in model.notes)


def _row(model: Listed) -> tuple[str, ...]:
    size = "unknown" if model.size is None else f"{model.size / 1e6:.1f} MB"
    there = "comes along" if model.source == "embedded" else "yes" if model.on_disk else "no"
    return model.name, model.task, size, there, model.title


def _record(model: Listed) -> dict[str, Json]:
    return {
        "model": model.name,
        "title": model.title,
        "task": model.task,
        "size": model.size,
        "on_disk": str(model.on_disk) if model.on_disk else None,
        "source": model.source,
        "notes": list(model.notes),
        "licence": model.licence or None,
        "paper": model.paper or None,
    }
