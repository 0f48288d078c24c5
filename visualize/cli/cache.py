"""``viz cache``: what downloads take up on this disk, and getting that back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from visualize.cli import options  # noqa: TC001 (typer reads the annotations at run time)
from visualize.cli.sink import Sink

if TYPE_CHECKING:
    from visualize.models.keeping import Kept

EXAMPLES = """\b
Examples:
  viz cache
  viz cache --clear alexnet_places365.caffemodel
  viz cache --clear all
"""


def cache(
    *,
    clear: Annotated[
        list[str] | None,
        typer.Option("--clear", metavar="FILE",
                     help="Remove a file, by the name that is listed; repeat it for several, or all for everything."),
    ] = None,
    json: options.JsonOption = False,
) -> None:  # fmt: skip
    """List the files of the cache folder with their sizes, or remove some.

    The folder is the one that VIZ_CACHE names, or viz in your own cache folder. Only what this program put there is
    listed and removed; a mirror folder is never touched.
    """
    from visualize.models.cache import cache_root
    from visualize.models.keeping import kept, remove

    sink = Sink(json)
    found = kept()
    removed = remove(clear, found) if clear else ()
    if clear:
        sink.text(*(f"removed {one.name} ({_size(one.size)})" for one in removed), f"{_size(_sum(removed))} freed")
    elif found:
        sink.table(("file", "size", "what"), [(one.name, _size(one.size), one.kind) for one in found])
        sink.text("", f"{_size(_sum(found))} in {cache_root()}")
    else:
        sink.text(f"nothing is kept in {cache_root()}")
    shown = removed if clear else found
    sink.document(
        {
            "folder": str(cache_root()),
            "removed" if clear else "files": [
                {"file": one.name, "path": str(one.path), "size": one.size, "kind": one.kind} for one in shown
            ],
            "bytes": _sum(shown),
        }
    )


def _sum(files: tuple[Kept, ...]) -> int:
    return sum(one.size for one in files)


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
