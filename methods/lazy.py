"""Names of a package that are loaded when they are first used, so that importing the package costs no library."""

from __future__ import annotations

import functools
import importlib
import sys
import warnings
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def attach(package: str) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` of a package whose names are listed in its ``__init__.pyi``.

    The stub is the only list: type checkers read it too. Each of its lines is ``from MODULE import NAME as NAME``. It
    is read when the first name is asked for; ``__all__`` is one of them.

    Args:
        package: its dotted name.

    Example:
        >>> load, listed = attach("methods")
        >>> load("Unit").parse("conv5:79")
        Unit(layer='conv5', index=79, position=None)
    """

    @functools.cache
    def modules() -> dict[str, str]:
        """Name -> the module that holds it."""
        with open(f"{sys.modules[package].__path__[0]}/__init__.pyi", encoding="utf-8") as stub:  # noqa: PTH123 (pathlib takes longer to load than the stub to read)
            lines = [line.split() for line in stub if line.startswith("from ")]
        return {name: module for _, module, _, name, *_ in lines}

    def load(name: str) -> object:
        if name == "__all__":
            return list(modules())
        if name not in modules():
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(modules()[name]), name)

    return load, lambda: sorted(modules())


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
