"""Networks of the user's own: a function in a package or in a file."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from methods.errors import InputError, suggest
from methods.preparation import Preparation
from visualize.models.model_card import ModelCard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

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
    if not callable(found):
        raise InputError(f"{where} is a {type(found).__name__}; expected a function that returns a torch.nn.Module")
    function: Callable[..., Any] = found
    return function


def call(where: str) -> object:
    """What the user's function returns.

    Raises:
        InputError: it cannot be found, or fails; the message names the line that failed.
    """
    function = resolve(where)
    source = where.rpartition(":")[0]
    with _importing(Path(source).resolve().parent if source.endswith(".py") else Path.cwd()):
        try:
            return function()
        except Exception as fault:
            raise InputError(_failure(where, fault)) from fault


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
    except Exception as fault:
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
    except Exception as fault:
        raise InputError(_failure(name, fault)) from fault


@contextlib.contextmanager
def _importing(folder: Path) -> Iterator[None]:
    """Let the user's code import what lies beside it, as it may when Python runs it."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(str(folder))


def _failure(where: str, fault: Exception) -> str:
    if isinstance(fault, SyntaxError):
        return f"{where} is not valid Python: {fault.msg} ({fault.filename}, line {fault.lineno})"
    last = traceback.extract_tb(fault.__traceback__)[-1]
    text = " ".join(str(fault).split())
    return f"{where} failed: {type(fault).__name__}: {text} ({last.filename}, line {last.lineno})"


def _is_module(name: str) -> bool:
    return bool(name) and all(part.isidentifier() for part in name.split("."))
