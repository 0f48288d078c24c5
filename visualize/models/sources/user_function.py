"""Networks of the user's own: a function in a package or in a file."""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING

from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.models.model_entry import ModelEntry
from visualize.user_code import UserReference

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


_MODULE = "torch.nn.modules.module.Module"

IMAGENET = Preparation(size=(224, 224), resize=256, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))


class UserFunction(UserReference):
    """A function of the user's own that returns a network, or a network in its place."""

    def load(self) -> Callable[[], object]:
        """The user's function; its module is run.

        Raises:
            InputError: the function cannot be found or needs arguments, or the module fails. The function raises it
                too, when it is called and fails, with the line that failed.
        """
        item = super().load()
        if _is_network(item):
            return lambda: item
        if not callable(item):
            raise InputError(f"{self} is a {type(item).__name__}; expected a function that returns a torch.nn.Module")
        needed = _needed(item)
        if needed:
            raise InputError(
                f"{self} cannot be called without {', '.join(needed)}; expected a function without arguments that "
                f"returns the network (write one that calls this one)"
            )

        def call() -> object:
            with self.running():
                return item()

        return call


def user_entry(function: UserFunction) -> ModelEntry:
    """The catalogue entry of a user's network; the function is not called for it.

    The pictures are prepared as torchvision's classifiers expect them (224 pixels, ImageNet's mean and deviation),
    unless the function returns a :class:`~visualize.methods.Preparation` beside the network.
    """
    return ModelEntry(
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
    """Names of the functions and classes that a Python file defines, without running it; none if it is no Python."""
    try:
        module = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return ()
    kinds = ast.FunctionDef | ast.ClassDef
    return tuple(node.name for node in module.body if isinstance(node, kinds) and not node.name.startswith("_"))


def _is_network(item: object) -> bool:
    """Whether an object is a network, by the names of its classes, so that torch is not loaded for the question."""
    return any(f"{kind.__module__}.{kind.__name__}" == _MODULE for kind in type(item).__mro__)


def _needed(function: Callable[[], object]) -> list[str]:
    """The arguments without which a function cannot be called."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # some that are not written in Python do not tell
        return []
    optional = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    return [item.name for item in parameters if item.default is item.empty and item.kind not in optional]
