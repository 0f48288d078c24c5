"""Names of a package that are loaded when they are first used, so that importing the package costs no library."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import sys
import warnings
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def attach(package: str) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """The ``__getattr__``, ``__dir__`` and ``__all__`` of a package whose names are listed in its ``__init__.pyi``.

    The stub is the only list: type checkers read it too. Each of its lines is ``from MODULE import NAME as NAME``.

    Args:
        package: its dotted name.

    Example:
        >>> load, listed, names = attach("methods")
        >>> load("Unit").parse("conv5:79")
        Unit(layer='conv5', index=79, position=None)
    """
    stub = ast.parse(pkgutil.get_data(package, "__init__.pyi") or b"")
    where = {
        alias.asname or alias.name: (node.module or "", alias.name)
        for node in stub.body
        if isinstance(node, ast.ImportFrom) and node.module != "__future__"
        for alias in node.names
    }

    def load(name: str) -> object:
        if name not in where:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, known = where[name]
        return getattr(importlib.import_module(module), known)

    return load, lambda: sorted(where), list(where)


class _Moved(ModuleType):
    """A module that is gone: its public names are loaded from where they are now, with a warning."""

    def __init__(self, old: str, home: str, names: Sequence[str]) -> None:
        super().__init__(old, f"Gone: its names are in {home}.")
        self.__home = home
        self.__all__ = list(names)

    def __getattr__(self, name: str) -> object:
        if name not in self.__all__:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        warnings.warn(
            f"{self.__name__}.{name} is {self.__home}.{name} now; the old path goes in 0.3",
            DeprecationWarning,
            stacklevel=2,
        )
        return getattr(importlib.import_module(self.__home), name)


def moved(table: Mapping[str, tuple[str, Sequence[str]]]) -> None:
    """Keep old dotted paths of public names for one release.

    Args:
        table: old module -> (the package or module that has its names now, the names).
    """
    for old, (home, names) in table.items():
        sys.modules.setdefault(old, _Moved(old, home, names))
