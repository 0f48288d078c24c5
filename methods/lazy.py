"""Names of a package that are loaded when they are first used, so that importing the package costs no library."""

from __future__ import annotations

import functools
import importlib
import sys
import warnings
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

from visualize.methods.prompt import at_prompt, tell

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Mapping, Sequence

PATIENCE = 1.0
"""Seconds that libraries may take to load before that is said."""
_told = False  # or about to be, if it takes long


def attach(package: str) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` of a package whose names are listed in its ``__init__.pyi``.

    The stub is the only list: type checkers read it too. Each of its lines is ``from MODULE import NAME as NAME``. It
    is read when the first name is asked for; ``__all__`` is one of them.

    Args:
        package: its dotted name.

    Example:
        >>> load, listed = attach("visualize.methods")
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
        with told_while_loading():
            return getattr(importlib.import_module(modules()[name]), name)

    return load, lambda: sorted(modules())


@contextmanager
def told_while_loading() -> Iterator[None]:
    """Say that torch is being loaded to who sits at a prompt, once that takes over a second; nothing once it is."""
    global _told  # noqa: PLW0603 (names are loaded within the loading of others)
    if _told or "torch" in sys.modules or not at_prompt():
        yield
        return
    import threading

    _told, loaded = True, threading.Event()
    threading.Thread(target=_say_unless, args=(loaded,), daemon=True).start()
    try:
        yield
    finally:
        loaded.set()
        _told = False


def _say_unless(loaded: threading.Event) -> None:
    while not loaded.wait(PATIENCE):
        if "torch" in sys.modules:
            tell("loading torch, which takes a few seconds ...")
            return


def gone(old: str, home: str, names: Sequence[str]) -> Callable[[str], object]:
    """The ``__getattr__`` of a module whose public names are elsewhere now: it loads them from there, with a warning.

    Args:
        old: the module's dotted name.
        home: the package or module that has the names now.
        names: those that went.
    """

    def load(name: str) -> object:
        if name not in names:
            raise AttributeError(f"module {old!r} has no attribute {name!r}")
        text = f"{old}.{name} is {home}.{name} now; the old path goes in 0.3"
        warnings.warn(text, DeprecationWarning, stacklevel=2)
        return getattr(importlib.import_module(home), name)

    return load


def moved(table: Mapping[str, tuple[str, Sequence[str]]]) -> None:
    """Keep old dotted paths of public names for one release.

    Args:
        table: old module -> (the package or module that has its names now, the names).
    """
    for old, (home, names) in table.items():
        module = ModuleType(old, f"Gone: its names are in {home}.")
        module.__dict__["__getattr__"] = gone(old, home, names)
        sys.modules.setdefault(old, module)
