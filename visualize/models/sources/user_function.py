"""Networks of the user's own: a function in a package or in a file."""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import inspect
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from methods.errors import InputError, suggest
from methods.network.preprocessing import Preparation
from visualize.models.model_card import ModelCard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType


_FAULTS = (Exception, SystemExit)
_MODULE = "torch.nn.modules.module.Module"

IMAGENET = Preparation(size=(224, 224), resize=256, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))


def is_own(name: str) -> bool:
    """Whether a model's name has the form ``package.module:function`` or ``path/to/file.py:function``."""
    module, _, function = name.rpartition(":")
    return function.isidentifier() and (module.endswith(".py") or _is_module(module))


def own_card(name: str) -> ModelCard:
    """The card of a user's network; its function is not called for that.

    The pictures are prepared as torchvision's classifiers expect them (224 pixels, ImageNet's mean and deviation),
    unless the function returns a :class:`~methods.Preparation` beside the network.
    """
    return ModelCard(
        name=name,
        title="a network of your own",
        task="",
        architecture=name,
        preparation=IMAGENET,
        notes=(
            "prepared as for ImageNet unless the function returns (network, Preparation)",
            "initialised at random unless the function or a weights file says otherwise",
        ),
    )


def resolve(where: str) -> Callable[..., Any]:
    """The function that ``package.module:function`` or ``path/to/file.py:function`` means; its module is run.

    What its module prints goes to standard error, for standard output is for results.

    Raises:
        InputError: there is no such file, module or function, or the module fails.
    """
    source, _, name = where.rpartition(":")
    with _importing(Path(source).resolve().parent if source.endswith(".py") else Path.cwd()):
        module = _from_file(Path(source)) if source.endswith(".py") else _from_package(source)
    found = getattr(module, name, None)
    if found is None:
        public = [known for known in vars(module) if not known.startswith("_")]
        raise InputError(f"{source} has no function {name!r}{suggest(name, public)}")
    if _is_network(found):
        return lambda: found
    if not callable(found):
        raise InputError(f"{where} is a {type(found).__name__}; expected a function that returns a torch.nn.Module")
    function: Callable[..., Any] = found
    return function


def call(where: str) -> object:
    """What the user's function returns; a network in place of a function is taken as it is.

    Raises:
        InputError: it cannot be found, needs arguments, or fails; the message names the line that failed.
    """
    function = resolve(where)
    needed = _needed(function)
    if needed:
        raise InputError(
            f"{where} cannot be called without {', '.join(needed)}; expected a function without arguments that returns "
            f"the network (write one that calls this one)"
        )
    source = where.rpartition(":")[0]
    with _importing(Path(source).resolve().parent if source.endswith(".py") else Path.cwd()):
        try:
            return function()
        except _FAULTS as fault:
            raise InputError(_failure(where, fault)) from fault


def functions(path: Path) -> tuple[str, ...]:
    """What functions and classes a Python file defines, without running it; none if it is no Python."""
    try:
        found = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return ()
    kinds = ast.FunctionDef | ast.ClassDef
    return tuple(node.name for node in found.body if isinstance(node, kinds) and not node.name.startswith("_"))


def _is_network(found: object) -> bool:
    """Told by its class's name, so that a module that does not need torch does not load it."""
    return any(f"{kind.__module__}.{kind.__name__}" == _MODULE for kind in type(found).__mro__)


def _needed(function: Callable[..., Any]) -> list[str]:
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


@contextlib.contextmanager
def _importing(folder: Path) -> Iterator[None]:
    """Let the user's code import what lies beside it, as it may when Python runs it, and print to standard error."""
    sys.path.insert(0, str(folder))
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(str(folder))


def _failure(where: str, fault: BaseException) -> str:
    if isinstance(fault, SyntaxError):
        return f"{where} is not valid Python: {fault.msg} ({fault.filename}, line {fault.lineno})"
    if isinstance(fault, SystemExit):
        return f"{where} ended Python (exit status {fault.code}) instead of returning a network"
    last = traceback.extract_tb(fault.__traceback__)[-1]
    text = " ".join(str(fault).split())
    return f"{where} failed: {type(fault).__name__}: {text} ({last.filename}, line {last.lineno})"


def _is_module(name: str) -> bool:
    return bool(name) and all(part.isidentifier() for part in name.split("."))
