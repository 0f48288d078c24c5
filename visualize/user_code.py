"""Code of the user's own, from a file or a package: it is run, and every fault of it becomes one line."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from visualize.methods.errors import InputError, suggest, with_kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


_OWN = "viz_own_"  # how modules begin that are made of files
_FAULTS = (Exception, SystemExit)


@dataclass(frozen=True)
class UserReference:
    """Something in code of the user's own; as text, ``SOURCE:NAME``.

    A :class:`~visualize.methods.reference.Reference` is ours, and its faults are defects. This one may lie in a file or
    beside the working folder, and may fail in any way.

    Args:
        source: ``package.module`` or ``path/to/file.py``.
        name: of a function, a class or anything else in it.
    """

    source: str
    name: str

    def __str__(self) -> str:
        return f"{self.source}:{self.name}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Reference from ``package.module:name`` or ``path/to/file.py:name``; None for a text of another form."""
        source, _, name = text.rpartition(":")
        known = source.endswith(".py") or all(part.isidentifier() for part in source.split("."))
        return cls(source, name) if known and name.isidentifier() else None

    def load(self) -> object:
        """Run its module and give what it refers to.

        Raises:
            InputError: there is no such file, module or name, or the module fails.
        """
        with self._importing():
            module = _from_file(Path(self.source)) if self.source.endswith(".py") else _from_package(self.source)
        item: object = getattr(module, self.name, None)
        if item is None:
            public = [known for known in vars(module) if not known.startswith("_")]
            raise InputError(f"{self.source} has no function {self.name!r}{suggest(self.name, public)}")
        return item

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Run within the block what was loaded: its faults become an error that names the line.

        Raises:
            InputError: it fails; the message names the line.
        """
        with self._importing():
            try:
                yield
            except _FAULTS as fault:
                raise InputError(_failure(str(self), fault)) from fault

    @contextlib.contextmanager
    def _importing(self) -> Iterator[None]:
        """Let the user's code import its neighbours, as Python does for a script, and print to standard error.

        Standard output is for results.
        """
        folder = Path(os.path.realpath(self.source)).parent if self.source.endswith(".py") else Path.cwd()
        sys.path.insert(0, str(folder))
        try:
            with contextlib.redirect_stdout(sys.stderr):
                yield
        finally:
            with contextlib.suppress(ValueError):
                sys.path.remove(str(folder))


def failure(fault: BaseException) -> str | None:
    """Words for a fault of a file of the user's own, wherever it reached; None for all others.

    Args:
        fault: that nobody has caught.
    """
    frames = [frame for frame, _ in traceback.walk_tb(fault.__traceback__)]
    own = next((frame for frame in frames if frame.f_globals.get("__name__", "").startswith(_OWN)), None)
    return None if own is None else _failure(own.f_code.co_filename, fault)


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise InputError(f"no file {path}")
    name = f"{_OWN}{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise InputError(f"{path} cannot be loaded as a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickles look their module up there
    try:
        spec.loader.exec_module(module)
    except _FAULTS as fault:
        del sys.modules[name]
        raise InputError(_failure(str(path), fault)) from fault
    return module


def _from_package(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as fault:
        if fault.name and (name == fault.name or name.startswith(f"{fault.name}.")):
            raise InputError(
                f"there is no module {name} to import from {Path.cwd()} or the installed packages"
            ) from fault
        raise InputError(_failure(name, fault)) from fault
    except _FAULTS as fault:
        raise InputError(_failure(name, fault)) from fault


def _failure(where: str, fault: BaseException) -> str:
    if isinstance(fault, SyntaxError):
        return f"{where} is not valid Python: {fault.msg} ({fault.filename}, line {fault.lineno})"
    if isinstance(fault, SystemExit):
        return f"{where} ended Python (exit status {fault.code}) instead of returning what it is asked for"
    last = traceback.extract_tb(fault.__traceback__)[-1]
    return f"{where} failed: {with_kind(fault)} ({last.filename}, line {last.lineno})"
