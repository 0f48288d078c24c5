"""Something in a module, named before the module is loaded."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from visualize.methods.errors import InputError, suggest


@dataclass(frozen=True)
class Reference:
    """A name in a module, to be loaded when it is needed, so that a table of them costs no library.

    ``tests/test_references.py`` loads every one that either package holds.

    Args:
        module: its dotted name.
        name: of a function, a class or anything else in it.

    Example:
        >>> Reference.parse("visualize.methods.unit:Unit").load().parse("conv5:79")
        Unit(layer='conv5', index=79, position=None)
    """

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}:{self.name}"

    @classmethod
    def parse(cls, text: str) -> Reference:
        """The reference that ``package.module:name`` writes.

        Raises:
            InputError: the text has another form.
        """
        module, _, name = text.rpartition(":")
        if not all(part.isidentifier() for part in (*module.split("."), name)):
            raise InputError(f"{text!r} refers to nothing; expected package.module:name")
        return cls(module, name)

    def load(self) -> Any:  # noqa: ANN401 (whatever it is)
        """Import the module and give what it refers to.

        Raises:
            InputError: there is no such module, or nothing of that name in it.
            Exception: what the module raises while it is imported.
        """
        try:
            module = importlib.import_module(self.module)
        except ModuleNotFoundError as fault:
            if fault.name and f"{self.module}.".startswith(f"{fault.name}."):
                raise InputError(f"{self} refers to nothing: there is no module {fault.name}") from fault
            raise
        if not hasattr(module, self.name):
            raise InputError(
                f"{self} refers to nothing: {self.module} has no {self.name}{suggest(self.name, dir(module))}"
            )
        return getattr(module, self.name)
