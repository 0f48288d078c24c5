"""``viz sweep``: many networks, layers, probe sets and methods at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from visualize.cli import options  # noqa: TC001 (typer reads the annotations at run time)
from visualize.cli.errors import REFUSED, printable, resumable
from visualize.cli.output import Sink
from visualize.cli.progress import watcher

if TYPE_CHECKING:
    from visualize.sweeps.result import Sweep

EXAMPLES = """\b
Examples:
  viz sweep networks.toml
  viz sweep networks.toml --dry-run
  viz sweep networks.toml --out results/ --on ray
  viz compare results/
  viz report results/ --out site/
"""

FileArgument = Annotated[
    str,
    typer.Argument(metavar="FILE.toml", help="What to do: models, layers, data and methods (docs/many_networks.md)."),
]
OutOption = Annotated[
    str | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FOLDER",
        help="Where the results go.  [default: the file's out, else viz-out/sweep/FILE]",
    ),
]
DryOption = Annotated[
    bool, typer.Option("--dry-run", help="Load networks, open sets, and list what is done and what there is to do.")
]


def sweep(  # noqa: PLR0913 (one argument for each option, as typer reads them)
    file: FileArgument,
    *,
    out: OutOption = None,
    on: options.OnOption = None,
    dry_run: DryOption = False,
    trust: options.TrustOption = False,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Look into many networks at once: every layer of each, on every probe set, by every method of a file.

    All layers of a network share one run over each set. What is done already is kept; interrupted and started again it
    goes on where it was. What cannot be done is listed with its reason, and the others are done all the same. The one
    folder of results is read by viz compare, viz report and viz find.
    """
    from visualize.sweeps.plan_file import read_plan

    plan = read_plan(file, out=out)
    from visualize.sweeps.api import work

    with resumable("what is done lies in", plan.out):
        done = work(plan, on=on, dry_run=dry_run, watch=watcher(quiet=quiet), trusted=trust)
    _tell(done, Sink(json), quiet=quiet, dry=dry_run)
    if done.failed:
        raise typer.Exit(REFUSED)


def _tell(done: Sweep, sink: Sink, *, quiet: bool, dry: bool) -> None:
    """Print the table, and what could not be done."""
    from visualize.dissection.sweep_record import RECORD

    if not dry:
        sink.text(str(done.out / RECORD))
    if not quiet:
        sink.text(*([] if dry else [""]))
        sink.table(*done.table())
        sink.text("", repr(done)[1:-1].partition(": ")[0])
    sink.document(done.document())
    for line in _failures(done):
        typer.echo(f"viz: failed: {printable(line)}", err=True)


def _failures(done: Sweep) -> list[str]:
    """A line for each network, layer, set and reason, with the methods that failed for it."""
    methods: dict[tuple[str, str], list[str]] = {}
    for item in done.failed:
        methods.setdefault((str(item).removesuffix(f", {item.method}"), item.reason), []).append(item.method)
    return [f"{where} ({', '.join(names)}): {reason}" for (where, reason), names in methods.items()]
