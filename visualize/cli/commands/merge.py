"""``viz merge``: the shards of a dissection put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from visualize.cli import options
from visualize.cli.errors import resumable
from visualize.cli.output import Sink
from visualize.cli.progress import watcher
from visualize.cli.summaries.dissection import tell

if TYPE_CHECKING:
    from visualize.methods.pictures.labelled import Labelled


EXAMPLES = """\b
Examples:
  viz merge parts/1 parts/2 parts/3 --out dissected
"""

FoldersArgument = Annotated[
    list[str], typer.Argument(metavar="FOLDER...", help="That the shards of `viz dissect --shard I/N` were written to.")
]
OutOption = Annotated[str, typer.Option("--out", "-o", metavar="FOLDER", help="Where the tables go.")]
DataOption = Annotated[
    str | None,
    typer.Option(
        *options.IMAGES, metavar="SET", help="Where the labels lie now.  [default: where the shards found them]"
    ),
]


def merge(  # noqa: PLR0913 (a command's options)
    folders: FoldersArgument,
    *,
    out: OutOption,
    data: DataOption = None,
    void: options.VoidOption = None,
    segmenter: options.SegmenterOption = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, metavar="N", help="Threads that read labels.")
    ] = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Put the shards of a dissection together: exactly what one run over the whole set would have given."""
    from visualize.dissection import merge as put_together

    watch = watcher(quiet=quiet, unit="images")
    data = options.set_named(data, void, segmenter)
    labelled = None if data is None else _moved(folders, data)
    with resumable():
        done = put_together(folders, out, labelled=labelled, workers=workers, watch=watch)
    tell(done, Sink(json), quiet=quiet)


def _moved(folders: list[str], data: str) -> Labelled:
    """The probe set where it lies now, drawn and coloured as the shards were told."""
    from pathlib import Path

    from visualize.data import open_labelled
    from visualize.dissection.shard import Part

    source = Part.at(Path(folders[0]).expanduser()).record.content["source"] or {}
    return open_labelled(**{**source, "where": data})
