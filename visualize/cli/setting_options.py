"""Options of the command line, made from the settings of methods, which say themselves what they may be."""

from __future__ import annotations

import functools
import inspect
import typing
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from visualize.methods.method import Export
    from visualize.methods.settings import Described

Parameter = tuple[Any, object]  # an annotation that typer reads, and a default


def of_settings(kind: type) -> dict[str, Parameter]:
    """An option for each setting of a dataclass that has one, by the setting's name.

    None is every option's default: it says that the option was not given, whatever the setting's own default is.
    """
    from visualize.methods.settings import settings

    return {item.name: (_option(item), None) for item in settings(kind) if item.option}


def of_exports(exports: tuple[Export, ...]) -> dict[str, Parameter]:
    """An option for each file that a method can write by itself."""
    return {
        export.name: (
            Annotated[
                str | None,
                typer.Option(
                    f"--{export.name}",
                    metavar="FILE",
                    help=f"{export.help}  [a file that ends in {' or '.join(export.endings)}]",
                ),
            ],
            None,
        )
        for export in exports
    }


def taking(kind: type) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command an option for each setting of a dataclass, in place of its argument ``settings``.

    The command's ``settings`` is then a dictionary of those that were given, as :func:`read` makes it.

    Args:
        kind: the dataclass.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        offered = of_settings(kind)
        hints = typing.get_type_hints(command, include_extras=True)
        parameters: list[inspect.Parameter] = []
        for item in inspect.signature(command).parameters.values():
            if item.name == "settings":
                parameters += [
                    item.replace(name=name, annotation=option, default=None) for name, (option, _) in offered.items()
                ]
            else:
                parameters.append(item.replace(annotation=hints[item.name]))

        def run(**given: Any) -> None:  # noqa: ANN401 (what typer has read)
            settings = {name: given.pop(name) for name in offered}
            command(**given, settings=read(kind, settings))

        functools.update_wrapper(run, command)
        del run.__wrapped__  # type: ignore[attr-defined] # typer would read the signature of what is wrapped
        run.__annotations__ = {item.name: item.annotation for item in parameters} | {"return": None}
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return run

    return decorate


def read(kind: type, given: Mapping[str, object]) -> dict[str, object]:
    """The settings that options were given for, as the method takes them.

    Args:
        kind: the dataclass.
        given: by the setting's name what typer has read; None was not given.

    Raises:
        InputError: a text has another form than its setting.
    """
    from visualize.methods.settings import settings

    return {item.name: item.read(given[item.name]) for item in settings(kind) if given.get(item.name) is not None}


def _option(item: Described) -> Any:  # noqa: ANN401 (an annotation, which typer reads)
    """The option of a setting."""
    explained = f"{item.setting.help}  [default: {item.default}]" if item.default else item.setting.help
    flag = f"{item.flag}/--no-{item.flag[2:]}" if item.kind is bool else item.flag
    kind = item.kind if item.kind in {int, float, bool} and not item.choices else str
    return Annotated[kind | None, typer.Option(flag, metavar=item.unit or None, help=explained)]
