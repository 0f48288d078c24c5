"""``viz cache``: what downloads take up on this disk, and getting that back."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from visualize.cli import options  # noqa: TC001 (typer reads the annotations at run time)
from visualize.cli.output import Sink
from visualize.methods.phrases import counted
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
  viz cache --clear results
  viz cache --clear label-maps
  viz cache --clear all --yes
"""


def cache(
    *,
    clear: Annotated[
        list[str] | None,
        typer.Option("--clear", metavar="FILE",
                     help="Remove a file, probe set or results, by the name that is listed; repeat it for several. "
                     "partial removes what downloads that broke off left, results all results, label-maps "
                     "those of all segmenters, all everything."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before --clear all.")] = False,
    json: options.JsonOption = False,
) -> None:  # fmt: skip
    """List the files of the cache folder with their sizes, or remove some.

    Dreams, scans, explanations and the like are kept there too, and used again. They take at most what VIZ_KEEP says
    (2GB by default; 0 keeps none), the least recently used go first.

    The folder is the one that VIZ_CACHE names, or viz in your own cache folder. Only what this program put there is
    listed and removed; a mirror folder is never touched.
    """
    from visualize.data.segmenters.kept_maps import kept_maps
    from visualize.download.cache_listing import ALL, kept
    from visualize.store.results_folder import kept_results

    if yes and ALL not in (clear or ()):
        from visualize.methods.errors import InputError

        raise InputError("--yes goes with --clear all alone, which is what is asked about; leave it out")
    sink = Sink(json)
    files = (*kept(), *kept_results(), *kept_maps())
    if not clear:
        _list(files, sink)
        return
    wanted = _chosen(clear, files)
    if ALL in clear and wanted and not yes and not _agreed(wanted):
        sink.text("nothing was removed")
        sink.document(_document("removed", ()))
        return
    left = _removed(wanted, everything=ALL in clear)
    sink.text(*(f"removed {_what(item)} ({_size(item.size)})" for item in wanted), f"{_size(_sum(wanted))} freed")
    if left:
        sink.text(f"{counted(left, 'thing stays', 'things stay')} in there that this program did not make")
    sink.document(_document("removed", wanted))


def _chosen(names: Sequence[str], items: Sequence[Kept]) -> tuple[Kept, ...]:
    """The things that a removal by these names would take; ``results`` are those of all methods."""
    from visualize.data.segmenters.kept_maps import ROOM as MAPS
    from visualize.download.cache_listing import chosen
    from visualize.store.results_folder import ROOM

    rooms = [name for name in names if name in {ROOM, MAPS}]
    within = [item for item in items if item.name.partition("/")[0] in rooms]
    named = chosen([name for name in names if name not in rooms], items)
    return tuple(dict.fromkeys([*named, *within]))


def _removed(wanted: Sequence[Kept], *, everything: bool) -> int:
    """Remove things; how many files and folders stay within them, for this program did not make them."""
    from visualize.data.segmenters.kept_maps import ROOM as MAPS
    from visualize.data.segmenters.kept_maps import clear_maps
    from visualize.download.cache_listing import remove
    from visualize.store.results_folder import clear

    maps = [item for item in wanted if item.name.startswith(f"{MAPS}/")]
    results = [item for item in wanted if _is_results(item) and item not in maps]
    downloads = [item for item in wanted if item not in results and item not in maps]
    return remove(downloads, everything=everything) + sum(map(clear, results)) + sum(map(clear_maps, maps))


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

    what = f"{counted(len(wanted), 'thing')} ({_size(_sum(wanted))}) from {cache_root()}"
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
            {
                "file": item.name,
                "path": str(item.path),
                "size": item.size,
                "kind": item.kind,
                "leftover": item.leftover,
                **({"count": item.count} if _is_results(item) else {}),
            }
            for item in shown
        ],
        "bytes": _sum(shown),
    }


def _what(item: Kept) -> str:
    return item.name if item.size > item.leftover else f"what was left of {item.name}"


def _kind(item: Kept) -> str:
    if _is_results(item):
        return f"{item.count:,} {item.kind if item.count > 1 else item.kind.removesuffix('s')}"
    whole = item.size > item.leftover > 0
    return f"{item.kind}, {_size(item.leftover)} of it left over" if whole else item.kind


def _is_results(item: Kept) -> bool:
    return "/" in item.name


def _sum(files: Sequence[Kept]) -> int:
    return sum(item.size for item in files)


def _size(count: int) -> str:
    return f"{count / 1e3:,.1f} kB" if 0 < count < 1e5 else f"{count / 1e6:,.1f} MB"
