"""Models that a record names rather than the user: their code runs where trust is given alone."""

from __future__ import annotations

from visualize.models import trust
from visualize.models.registry import RANDOM
from visualize.models.sources.user_function import UserFunction
from visualize.printable import printable


def require_recorded(model: str, record: str) -> None:
    """Refuse a model of a record that is a function in some file or package, unless trust is given.

    Whoever names such a function says by that that it may run. A dissection or a report may come from anybody.

    Args:
        model: its name.
        record: where it is named.

    Raises:
        InputError: it would run code.

    Example:
        >>> require_recorded("torchvision/resnet18", "dissection.json")
        >>> require_recorded("net.py:build", "dissection.json")
        Traceback (most recent call last):
        visualize.methods.errors.InputError: dissection.json names the model net.py:build, which runs the code there...
    """
    if UserFunction.parse(model.removeprefix(RANDOM).partition("#")[0]) is not None:
        trust.require(f"{printable(record)} names the model {printable(model)}, which runs the code there")
