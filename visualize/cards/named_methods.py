"""Methods as users name them: by name, as a class in a file or a package, or made in Python."""

from __future__ import annotations

import dataclasses
import inspect
import warnings
from typing import TYPE_CHECKING, Any

from visualize.methods.errors import InputError, InputWarning, suggest
from visualize.methods.method import Method
from visualize.methods.registry import find, table
from visualize.methods.settings import settings as described
from visualize.methods.settings import unused
from visualize.user_code import UserReference

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

MethodName = str | Method


def kind_of(asked: MethodName) -> type[Method]:
    """The class of a method that is asked for.

    Args:
        asked: its name in the table of methods, ``path/to/file.py:Class`` or ``package.module:Class``, which runs that
            code, or a method.

    Raises:
        InputError: there is none of that name, or what is there is no method.
    """
    if isinstance(asked, Method):
        return type(asked)
    if not isinstance(asked, str):
        raise InputError(
            f"{asked!r} is no method; give a name such as 'saliency', 'path/to/file.py:Class', or a method such as "
            f"visualize.methods.Saliency()"
        )
    name = asked.strip()
    if ":" not in name:
        return find(name)
    kind = UserReference(*name.rsplit(":", 1)).load()
    if not (isinstance(kind, type) and issubclass(kind, Method)) or inspect.isabstract(kind):
        raise InputError(
            f"{name} is no method; expected a class that extends visualize.methods.Method and has a look() of its own"
        )
    for word in ("name", "title"):
        if not isinstance(getattr(kind, word, None), str):
            raise InputError(f"{name} has no {word}; write it into the class as a text")
    return kind


def listed(asked: MethodName | Sequence[MethodName] | None) -> Sequence[MethodName] | None:
    """Methods as a sequence: names with commas between them, or one method, count as several."""
    if isinstance(asked, str):
        return asked.split(",")
    return (asked,) if isinstance(asked, Method) else asked


def in_order(asked: Sequence[MethodName]) -> list[MethodName]:
    """Methods without repeats, those of the table first and in its order."""
    known = list(table())
    unique = {kind_of(item).name: item for item in asked}
    return [
        unique[name] for name in sorted(unique, key=lambda name: known.index(name) if name in known else len(known))
    ]


def require_settings(kind: type, given: Iterable[str], method: str) -> None:
    """Refuse a setting that there is not.

    Args:
        kind: the dataclass whose fields are the settings.
        given: names that are given.
        method: whose settings they are.

    Raises:
        InputError: the message says which setting is meant, if one is like it or its option is called so.
    """
    known = [item.name for item in dataclasses.fields(kind)]
    called = {item.flag.lstrip("-").replace("-", "_"): item.name for item in described(kind)}
    for name in given:
        if name not in known:
            meant = f"; it is called {called[name]} here" if name in called else suggest(name, known)
            raise InputError(f"{method} has no setting {name!r}{meant}")


def configured(asked: MethodName, shared: Mapping[str, object], settings: Mapping[str, Any]) -> Method:
    """A method with its settings; one that was made by the user stays as it is.

    Args:
        asked: the method.
        shared: settings that it takes if it has them, such as the seed.
        settings: those that it must have.

    Raises:
        InputError: it has no such setting, one cannot have its value, or others leave one without effect.
    """
    if isinstance(asked, Method):
        return _effective(dataclasses.replace(asked, **settings), settings) if settings else asked
    kind = kind_of(asked)
    require_settings(kind, settings, kind.name)
    known = {item.name for item in dataclasses.fields(kind)}
    make: Callable[..., Method] = kind
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)  # what they would say is an error here
        method = _effective(make(**settings), settings)
        taken = {name: value for name, value in shared.items() if name in known and name not in settings}
        used: dict[str, Any] = {name: value for name, value in taken.items() if not unused(method, [name])}
        return dataclasses.replace(method, **used) if used else method


def _effective(method: Method, given: Collection[str]) -> Method:
    """The method, if every setting that was given has an effect.

    Raises:
        InputError: others leave one without.
    """
    sentence = unused(method, given)
    if sentence is not None:
        flags = {item.name: item.flag for item in described(type(method))}
        name = sentence.partition(" ")[0]
        raise InputError(f"{method.name}: {sentence}; leave out {flags[name]}, or change that")
    return method
