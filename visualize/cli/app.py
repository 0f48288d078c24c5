"""The command line, put together from its commands."""

from __future__ import annotations

import functools
import io
import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from visualize.cli.errors import DEBUG, printable, report
from visualize.cli.launcher import warn_of_others
from visualize.cli.output import results_alone
from visualize.cli.own_commands import SUMMARIES, own_command
from visualize.cli.skipped_pictures import Skipped, collecting
from visualize.methods.errors import BrokenImageWarning, InputNote, InputWarning, MemoryWarning, NetworkWarning
from visualize.methods.registry import ENTRY_POINTS, entries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.method import Method
    from visualize.methods.registry import Entry

PROGRAM = "viz"
_SHARED = "dissect"  # the command that shares its work with processes that were started with it
_WORDED = {"out", "image", "images", "unit", "methods", "data", "clear"}  # whose commands say what they may be
HELP = """What does this unit look for, and how sure are we?

Draws the card of a unit of a vision network: pictures dreamed up to excite it, the photographs that excite it most,
and what in them matters to it. Each way of looking has a command of its own as well.
"""
_HERE = Path(__file__).resolve().parents[1]


class Commands(TyperGroup):
    """The commands of the program, and one for each method; each is loaded when it runs.

    Hands what goes wrong within a command to the one place that words it, before typer has its say. Usage errors, which
    typer raises before the command runs, reach the same place by way of ``main``.
    """

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 (click's or typer's own)
        """Names of the commands: first those that draw, then the others."""
        first, *others = SUMMARIES
        return list(dict.fromkeys([first, *_methods(ctx), *others]))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 (click's or typer's own)
        """The command of that name without its options, for the list of commands, which needs no torch."""
        if cmd_name in SUMMARIES:
            return _listed(cmd_name, SUMMARIES[cmd_name])
        entry = _methods(ctx).get(cmd_name)
        return entry and _listed(cmd_name, entry.summary)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 (click's or typer's own)
        """The command that the arguments ask for, with all its options."""
        self.commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}  # what it suggests from
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None:
            command = own_command(name, Command) if name in SUMMARIES else _of_method(name)
        return name, command, rest

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 (click's or typer's own, by typer's version)
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, BrokenPipeError, EOFError) as fault:
            raise typer.Exit(report(fault)) from fault


def _listed(name: str, summary: str) -> Command:
    """A command for the list of them, which wraps what each does where it would otherwise be cut short."""
    return Command(name, help=summary, short_help=summary.removesuffix("."))


def _methods(ctx: Any) -> dict[str, Entry]:  # noqa: ANN401 (click's or typer's own)
    """The methods that are installed, looked up once a run."""
    if ENTRY_POINTS not in ctx.meta:
        ctx.meta[ENTRY_POINTS] = entries()
    methods: dict[str, Entry] = ctx.meta[ENTRY_POINTS]
    return methods


class Command(TyperCommand):
    """Keeps standard output for the command's results."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 (click's or typer's own)
        """Run the command.

        Raises:
            InputError: an option is given as an empty text.
        """
        _refuse_empty(ctx)
        if ctx.info_name != _SHARED:
            warn_of_others(f"{PROGRAM} {ctx.info_name}")
        with results_alone():
            return super().invoke(ctx)


app = typer.Typer(
    name=PROGRAM,
    cls=Commands,
    rich_markup_mode=None,  # plain help: rich would take longer to load than all the rest
    pretty_exceptions_enable=False,
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True, help=HELP, epilog="Begin with: viz unit")
def root(
    ctx: typer.Context,
    *,
    version: Annotated[
        bool, typer.Option("--version", "-V", help="Print the version and stop.", is_eager=True)
    ] = False,
) -> None:
    """Print the version, or the help where no command is given."""
    if version:
        from visualize._version import __version__

        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def _refuse_empty(ctx: Any) -> None:  # noqa: ANN401 (click's or typer's own)
    """Refuse an option that is given without a value, unless the command has words of its own for it.

    Raises:
        InputError: the message names the option.
    """
    from visualize.methods.errors import InputError

    for parameter in ctx.command.params:
        value = ctx.params.get(parameter.name)
        texts = value if isinstance(value, list | tuple) else [value]
        option = parameter.param_type_name == "option"
        worded = option and parameter.name in _WORDED
        if not worded and any(isinstance(text, str) and not text.strip() for text in texts):
            named = max([*parameter.opts, ""], key=len) if option else parameter.name
            raise InputError(f"{named} is empty; give it a value, or leave it out")


def _of_method(name: str) -> Any:  # noqa: ANN401 (typer's command)
    """The command of a method with all its options, made from its settings."""
    from visualize.methods.registry import find

    return _looking(name, find(name))


@functools.cache
def _looking(name: str, kind: type[Method]) -> Any:  # noqa: ANN401 (typer's command)
    """The command of a method under its announced name, made once a process."""
    from visualize.cli.commands import methods as looking
    from visualize.methods.registry import summary

    alone = typer.Typer(rich_markup_mode=None, add_completion=False)
    alone.command(name, cls=Command, epilog=looking.epilog(kind))(looking.command(kind, summary(kind)))
    return typer.main.get_command(alone)


@functools.cache
def _program() -> Any:  # noqa: ANN401 (click's or typer's own)
    """The commands with their options, made once a process: typer takes longer for that than many a run does."""
    return typer.main.get_command(app)


def run(arguments: Sequence[str] | None = None) -> int:
    """Parse the arguments and run the command.

    Args:
        arguments: without the program's name; those of the process if None.

    Returns:
        the exit status.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a file's name is no reason to fail on a plain terminal
    with warnings.catch_warnings():
        warnings.simplefilter("always", BrokenImageWarning)
        warnings.simplefilter("always", InputWarning)
        warnings.simplefilter("always", InputNote)
        warnings.simplefilter("always", NetworkWarning)
        warnings.simplefilter("always", MemoryWarning)
        with collecting(_say) as skipped:
            warnings.showwarning = functools.partial(_show_warning, skipped)
            given = None if arguments is None else list(arguments)
            status = _program()(args=given, prog_name=PROGRAM, standalone_mode=False)
    sys.stdout.flush()
    return status if isinstance(status, int) else 0


def _show_warning(
    skipped: Skipped, message: Warning | str, category: type[Warning], filename: str, *_: object, **__: object
) -> None:
    """Show a warning in one line, if it is ours: those of libraries are for programmers, who set VIZ_DEBUG=1."""
    if issubclass(category, BrokenImageWarning):
        skipped.pictures[str(message)] = None  # said when all are known
        return
    if issubclass(category, InputWarning):
        skipped.once(str(message))
        return
    if issubclass(category, InputNote):
        skipped.once(str(message), functools.partial(_say, kind="note"))
        return
    ours = category.__module__ == "visualize.methods.errors" or Path(filename).is_relative_to(_HERE)
    if ours or os.environ.get(DEBUG) == "1":
        _say(str(message))


def _say(text: str, kind: str = "warning") -> None:
    typer.echo(f"{PROGRAM}: {kind}: {printable(text)}", err=True)
