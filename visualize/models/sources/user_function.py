"""Networks of the user's own: a function in a package or in a file."""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import inspect
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from methods.errors import InputError, suggest
from methods.network.preprocessing import Preparation
from visualize.models.model_card import ModelCard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType


_FAULTS = (Exception, SystemExit)
_MODULE = "torch.nn.modules.module.Module"

IMAGENET = Preparation(size=(224, 224), resize=256, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))


@dataclass(frozen=True)
class UserFunction:
    """A function of the user's own, or a network in its place; as text, ``SOURCE:NAME``.

    A :class:`~methods.reference.Reference` is ours, and its faults are defects. This one may lie in a file or beside
    the working folder, and may fail in any way, which is told to the user.

    Args:
        source: ``package.module`` or ``path/to/file.py``.
        name: of the function.
    """

    source: str
    name: str

    def __str__(self) -> str:
        return f"{self.source}:{self.name}"

    @classmethod
    def parse(cls, text: str) -> UserFunction | None:
        """What ``package.module:function`` or ``path/to/file.py:function`` means; None for a text of another form."""
        source, _, name = text.rpartition(":")
        known = source.endswith(".py") or all(part.isidentifier() for part in source.split("."))
        return cls(source, name) if known and name.isidentifier() else None

    def load(self) -> Callable[[], object]:
        """The function; its module is run.

        What module and function print goes to standard error, for standard output is for results.

        Raises:
            InputError: it cannot be found or needs arguments, or the module fails. The function raises it, when it is
                called, with the line that failed.
        """
        with self._importing():
            module = _from_file(Path(self.source)) if self.source.endswith(".py") else _from_package(self.source)
        function = _callable(getattr(module, self.name, None), module, self)
        needed = _needed(function)
        if needed:
            raise InputError(
                f"{self} cannot be called without {', '.join(needed)}; expected a function without arguments that "
                f"returns the network (write one that calls this one)"
            )

        def call() -> object:
            with self._importing():
                try:
                    return function()
                except _FAULTS as fault:
                    raise InputError(_failure(str(self), fault)) from fault

        return call

    @contextlib.contextmanager
    def _importing(self) -> Iterator[None]:
        """Let the user's code import what lies beside it, as it may when Python runs it, and print elsewhere."""
        folder = Path(self.source).resolve().parent if self.source.endswith(".py") else Path.cwd()
        sys.path.insert(0, str(folder))
        try:
            with contextlib.redirect_stdout(sys.stderr):
                yield
        finally:
            with contextlib.suppress(ValueError):
                sys.path.remove(str(folder))


def user_card(function: UserFunction) -> ModelCard:
    """The card of a user's network; its function is not called for that.

    The pictures are prepared as torchvision's classifiers expect them (224 pixels, ImageNet's mean and deviation),
    unless the function returns a :class:`~methods.Preparation` beside the network.
    """
    return ModelCard(
        name=str(function),
        title="a network of your own",
        task="",
        architecture=function,
        preparation=IMAGENET,
        notes=(
            "prepared as for ImageNet unless the function returns (network, Preparation)",
            "initialised at random unless the function or a weights file says otherwise",
        ),
    )


def functions(path: Path) -> tuple[str, ...]:
    """What functions and classes a Python file defines, without running it; none if it is no Python."""
    try:
        found = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return ()
    kinds = ast.FunctionDef | ast.ClassDef
    return tuple(node.name for node in found.body if isinstance(node, kinds) and not node.name.startswith("_"))


def _callable(item: object, module: ModuleType, where: UserFunction) -> Callable[[], object]:
    """What a name in the user's module stands for; a network stands for a function that returns it.

    Raises:
        InputError: nothing, or something that cannot be called.
    """
    if item is None:
        public = [known for known in vars(module) if not known.startswith("_")]
        raise InputError(f"{where.source} has no function {where.name!r}{suggest(where.name, public)}")
    if _is_network(item):
        return lambda: item
    if not callable(item):
        raise InputError(f"{where} is a {type(item).__name__}; expected a function that returns a torch.nn.Module")
    return item


def _is_network(found: object) -> bool:
    """Told by its class's name, so that a module that does not need torch does not load it."""
    return any(f"{kind.__module__}.{kind.__name__}" == _MODULE for kind in type(found).__mro__)


def _needed(function: Callable[[], object]) -> list[str]:
    """The arguments without which a function cannot be called."""
    try:
        known = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # some that are not written in Python do not tell
        return []
    optional = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    return [one.name for one in known if one.default is one.empty and one.kind not in optional]


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise InputError(f"no file {path}")
    name = f"viz_own_{path.stem}"
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
        return f"{where} ended Python (exit status {fault.code}) instead of returning a network"
    last = traceback.extract_tb(fault.__traceback__)[-1]
    text = " ".join(str(fault).split())
    return f"{where} failed: {type(fault).__name__}: {text} ({last.filename}, line {last.lineno})"
