"""``viz cache``: what downloads take up on this disk, and getting that back."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from visualize.cli import options  # noqa: TC001 (typer reads the annotations at run time)
from visualize.cli.output import Sink
from visualize.printable import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.download.cache_listing import Kept
    from visualize.methods.provenance import Json


EXAMPLES = """\b
Examples:
  viz cache
  viz cache --clear alexnet_places365.caffemodel
  viz cache --clear partial
  viz cache --clear all --yes
"""


def cache(
    *,
    clear: Annotated[
        list[str] | None,
        typer.Option("--clear", metavar="FILE",
                     help="Remove a file or probe set, by the name that is listed; repeat it for several. partial "
                     "removes what downloads that broke off left, all everything."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before --clear all.")] = False,
    json: options.JsonOption = False,
) -> None:  # fmt: skip
    """List the files of the cache folder with their sizes, or remove some.

    The folder is the one that VIZ_CACHE names, or viz in your own cache folder. Only what this program put there is
    listed and removed; a mirror folder is never touched.
    """
    from visualize.download.cache_listing import ALL, chosen, kept, remove

    if yes and ALL not in (clear or ()):
        from visualize.methods.errors import InputError

        raise InputError("--yes goes with --clear all alone, which is what is asked about; leave it out")
    sink = Sink(json)
    files = kept()
    if not clear:
        _list(files, sink)
        return
    wanted = chosen(clear, files)
    if ALL in clear and wanted and not yes and not _agreed(wanted):
        sink.text("nothing was removed")
        sink.document(_document("removed", ()))
        return
    left = remove(wanted, everything=ALL in clear)
    sink.text(*(f"removed {_what(item)} ({_size(item.size)})" for item in wanted), f"{_size(_sum(wanted))} freed")
    if left:
        sink.text(f"{left} {'thing stays' if left == 1 else 'things stay'} in there that no download made")
    sink.document(_document("removed", wanted))


def _list(files: Sequence[Kept], sink: Sink) -> None:
    from visualize.download.cache import cache_root

    if files:
        sink.table(("file", "size", "what"), [(item.name, _size(item.size), _kind(item)) for item in files])
        sink.text("", f"{_size(_sum(files))} in {cache_root()}")
    else:
        sink.text(f"nothing is kept in {cache_root()}")
    if left := sum(item.leftover for item in files):
        sink.text(
            f"{_size(left)} of that is left of downloads that broke off or went wrong: --clear partial removes it"
        )
    sink.document(_document("files", files))


def _agreed(wanted: Sequence[Kept]) -> bool:
    """Ask whoever sits at the terminal.

    Raises:
        InputError: nobody does.
    """
    from visualize.download.cache import cache_root
    from visualize.methods.errors import InputError

    what = f"{len(wanted)} {'thing' if len(wanted) == 1 else 'things'} ({_size(_sum(wanted))}) from {cache_root()}"
    if not sys.stdin.isatty():
        raise InputError(f"--clear all would remove {what}; say so with --yes")
    sys.stderr.write(clean(f"Remove {what}? [y/N] "))
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _document(what: str, shown: Sequence[Kept]) -> dict[str, Json]:
    from visualize.download.cache import cache_root

    return {
        "folder": str(cache_root()),
        what: [
            {"file": item.name, "path": str(item.path), "size": item.size, "kind": item.kind, "leftover": item.leftover}
            for item in shown
        ],
        "bytes": _sum(shown),
    }


def _what(item: Kept) -> str:
    return item.name if item.size > item.leftover else f"what was left of {item.name}"


def _kind(item: Kept) -> str:
    whole = item.size > item.leftover > 0
    return f"{item.kind}, {_size(item.leftover)} of it left over" if whole else item.kind


def _sum(files: Sequence[Kept]) -> int:
    return sum(item.size for item in files)


def _size(count: int) -> str:
    return f"{count / 1e3:,.1f} kB" if 0 < count < 1e5 else f"{count / 1e6:,.1f} MB"
