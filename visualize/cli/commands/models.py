"""``viz models``: the models of the catalogue, and which of them are on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.cli import options  # noqa: TC001 (typer reads the annotations at run time)
from visualize.cli.output import Sink

if TYPE_CHECKING:
    from visualize.methods.provenance import Json
    from visualize.models.registry import Listed


EXAMPLES = """\b
Examples:
  viz models
  viz models --json
"""
_HEADS = ("model", "task", "size", "on disk", "what it is")
_MORE = (
    "torchvision/NAME and timm/NAME are any network of these libraries; hub/OWNER/REPO:ENTRY is one of torch.hub;",
    "random/NAME is an untrained twin of any of them, random/NAME#7 the one of seed 7;",
    "package.module:function, path/to/file.py:function or a TorchScript file is a network of your own.",
)


def models(*, json: options.JsonOption = False) -> None:
    """List the models by name, with the size of their weights and whether these are on this disk already."""
    from visualize.models.registry import listing

    listed = listing()
    sink = Sink(json)
    sink.table(_HEADS, [_row(model) for model in listed])
    sink.text("", *_MORE)
    sink.document([_record(model) for model in listed])


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
