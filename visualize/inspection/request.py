"""What is asked for, checked as far as that goes without the network."""

from __future__ import annotations

import dataclasses
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from methods.errors import InputError
from methods.method import Method, Needs, Progress, find, silent, table
from visualize.inspection.device import AUTO
from visualize.inspection.targets import Wanted, check_form

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from methods.images import Images
    from methods.probe import Probe

DEFAULT_MODEL = "scenes-alexnet"


class Watch(Protocol):
    """Shows how far a piece of work has come."""

    def __call__(self, title: str) -> AbstractContextManager[Progress]:
        """Begin a piece of work; it ends when the context does."""


@contextmanager
def unwatched(title: str) -> Iterator[Progress]:  # noqa: ARG001 (a Watch that shows nothing)
    """The watch that shows nothing."""
    yield silent


@dataclass(frozen=True, kw_only=True)
class Request:
    """Which units to look at, and how.

    Args:
        model: a model's name, ``package.module:function``, ``path/to/file.py:function``, or a :class:`methods.Probe`.
        layer: its name or alias; by default the model card's, else the last layer with a map.
        units: a number, text such as ``"3,79,100-104"``, ``"all"`` or ``"3+7"``, units, or several of these; by default
            the model card's.
        images: ``"scenes"``, a folder, or a probe set; by default the model card's.
        methods: their names; by default all that can run with what is given.
        seed: of everything random.
        steps: of the methods that go step by step; None leaves them their own default.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"`` or ``"mps"``; a probe stays where it is.
        weights: a weights file instead of the model's own.

    Raises:
        InputError: one of these cannot be.
    """

    model: str | Probe = DEFAULT_MODEL
    layer: str | None = None
    units: Wanted | Sequence[Wanted] | None = None
    images: str | Path | Images | None = None
    methods: Sequence[str] | None = None
    seed: int = 0
    steps: int | None = None
    device: str = AUTO
    weights: str | Path | None = None

    def __post_init__(self) -> None:
        if self.units is not None:
            check_form(self.units)
        if not 0 <= self.seed < 2**32:
            raise InputError(f"a seed lies between 0 and {2**32 - 1}, not at {self.seed}")
        if self.steps is not None and self.steps < 1:
            raise InputError(f"{self.steps} steps cannot be taken; ask for 1 or more")
        if self.methods is not None and not any(name.strip() for name in self.methods):
            raise InputError(f"no methods are named; the known ones are {', '.join(table())}")
        if self.weights is not None and not Path(self.weights).expanduser().is_file():
            raise InputError(f"the weights file {self.weights} does not exist")
        if self.weights is not None and not isinstance(self.model, str):
            raise InputError("a probe has its weights; give a weights file only with a model's name")
        for name in self.methods or ():
            find(name.strip())

    def chosen(self, *, images: bool) -> tuple[Method, ...]:
        """The methods to run, in the order of the table, with their settings.

        Args:
            images: whether there is a probe set.

        Raises:
            InputError: a method that was named needs what is not there.
        """
        wanted = None if self.methods is None else {name.strip() for name in self.methods}
        found = []
        for name, kind in table().items():
            if wanted is None and not _can_run(kind, images=images):
                continue
            if wanted is not None and name not in wanted:
                continue
            if not _can_run(kind, images=images):
                raise InputError(f"{name} needs {kind.needs.value}; give them with --images FOLDER")
            found.append(self._configured(kind))
        return tuple(found)

    def _configured(self, kind: type[Method]) -> Method:
        settings = {"seed": self.seed}
        if self.steps is not None and any(item.name == "steps" for item in dataclasses.fields(kind)):
            settings["steps"] = self.steps
        return kind(**settings)


def _can_run(kind: type[Method], *, images: bool) -> bool:
    return kind.needs is Needs.NOTHING or (kind.needs is Needs.IMAGES and images)
