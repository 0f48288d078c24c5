"""Options by which facts of a network are stated, for every command that opens one."""

from __future__ import annotations

import functools
import inspect
import typing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from visualize.cli import options

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from visualize.cli.setting_options import Parameter

_OPTIONS: dict[str, Any] = {
    "size": options.SizeOption,
    "mean": options.MeanOption,
    "std": options.StdOption,
    "order": options.OrderOption,
    "classes": options.ClassesOption,
}
_INPUT = "input_"


def parameters(taken: Collection[str] = ()) -> dict[str, Parameter]:
    """The options by the names of their parameters.

    Args:
        taken: names that the command has options of its own for, such as ``"size"`` of a dream; the network's is then
            ``--input-size`` alone.
    """
    return {f"{_INPUT}{name}": (_renamed(name, option, taken), None) for name, option in _OPTIONS.items()}


def _renamed(name: str, option: Any, taken: Collection[str]) -> Any:  # noqa: ANN401 (an annotation, which typer reads)
    if name not in taken:
        return option
    kind, held = typing.get_args(option)
    return Annotated[kind, typer.Option(f"--input-{name}", metavar=held.metavar, help=held.help)]


def stated(given: dict[str, Any]) -> dict[str, Any]:
    """Take what the options gave out of a command's arguments.

    Returns:
        The keywords of :func:`visualize.models.overrides.overrides`.
    """
    return {name: given.pop(f"{_INPUT}{name}", None) for name in _OPTIONS}


def stating(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options in place of its argument ``facts``, which is then a dictionary of keywords."""
    hints = typing.get_type_hints(command, include_extras=True)
    offered: list[inspect.Parameter] = []
    for item in inspect.signature(command).parameters.values():
        if item.name == "facts":
            offered += [
                item.replace(name=name, annotation=kind, default=None) for name, (kind, _) in parameters().items()
            ]
        else:
            offered.append(item.replace(annotation=hints[item.name]))

    def run(**given: Any) -> None:  # noqa: ANN401 (what typer has read)
        facts = stated(given)
        command(**given, facts=facts)

    functools.update_wrapper(run, command)
    del run.__wrapped__  # type: ignore[attr-defined] # typer would read the signature of what is wrapped
    run.__annotations__ = {item.name: item.annotation for item in offered} | {"return": None}
    run.__signature__ = inspect.Signature(offered)  # type: ignore[attr-defined]
    return run
