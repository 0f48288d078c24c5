"""Keywords of a call from Python: spelled out in its signature, and refused in one line where there are none such."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from visualize.methods.errors import InputError, suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

_P = ParamSpec("_P")
_R = TypeVar("_R")


def spelled_out(
    *kinds: type,
    only: Collection[str] | None = None,
    hidden: Collection[str] = (),
    elsewhere: Mapping[str, str] = MappingProxyType({}),
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Show what a function takes as ``**keywords`` where its signature is asked for, and refuse others in one line.

    Args:
        kinds: dataclasses whose fields are keywords, with their defaults, and ``TypedDict`` classes, whose keywords
            have None for theirs.
        only: names that are shown; None shows all.
        hidden: names that are not, and are refused.
        elsewhere: what other calls name a keyword -> its name here, for the refusal.

    Example:
        >>> @dataclasses.dataclass
        ... class Asked:
        ...     count: int = 9
        >>> @spelled_out(Asked)
        ... def draw(model: str, **asked: int) -> None: ...
        >>> inspect.signature(draw)
        <Signature (model: 'str', *, count: 'int' = 9) -> 'None'>
        >>> draw("net", cont=3)
        Traceback (most recent call last):
        visualize.methods.errors.InputError: draw takes no 'cont'; did you mean count?
    """
    shown = {
        item.name: item
        for kind in kinds
        for item in _keywords(kind)
        if (only is None or item.name in only) and item.name not in hidden
    }

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R]:
        signature = inspect.signature(function)
        own = [item for item in signature.parameters.values() if item.kind is not inspect.Parameter.VAR_KEYWORD]
        named = {item.name for item in own}
        parameters = [*own, *(item for name, item in shown.items() if name not in named)]
        known = [item.name for item in parameters if item.kind is not inspect.Parameter.VAR_POSITIONAL]

        @functools.wraps(function)
        def checked(*args: _P.args, **given: _P.kwargs) -> _R:
            for name in given:
                if name not in known:
                    meant = f"; it is called {elsewhere[name]} here" if name in elsewhere else suggest(name, known)
                    raise InputError(f"{function.__name__} takes no {name!r}{meant}")
            return function(*args, **given)

        checked.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        return checked

    return decorate


def _keywords(kind: type) -> list[inspect.Parameter]:
    defaults: dict[str, Any] = {}
    if dataclasses.is_dataclass(kind):
        defaults = {item.name: _default(item) for item in dataclasses.fields(kind)}
    annotations = {  # TypedDict wraps its texts
        name: getattr(annotation, "__forward_arg__", annotation)
        for name, annotation in inspect.get_annotations(kind).items()
    }
    return [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=defaults.get(name), annotation=annotation)
        for name, annotation in annotations.items()
    ]


def _default(item: dataclasses.Field[Any]) -> object:
    if item.default_factory is not dataclasses.MISSING:
        return item.default_factory()
    return inspect.Parameter.empty if item.default is dataclasses.MISSING else item.default
