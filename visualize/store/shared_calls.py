"""Calls of methods that somebody else makes in place of this process, such as the workers of a cluster.

The idea: a method that makes pictures of units can be called for some of the units elsewhere, and gives the same bits
there. Which units may be called apart is said by :meth:`visualize.methods.method.Method.pieces`.

How it works: whoever has others at hand calls within :func:`called_by`. Calls within go through :func:`called`; those
that are known beforehand are announced by :func:`announce`, so that others make them while this process still draws.
"""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from visualize.methods.errors import InputError
from visualize.methods.method import Needs
from visualize.store.results_of_others import usable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from visualize.methods.method import Method
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.progress import Progress
    from visualize.methods.result import Result
    from visualize.methods.unit import Target

_OURS = "visualize.methods."  # whose methods everybody has


@dataclass(frozen=True, eq=False)
class Call:
    """A call of a method for units that are made together.

    Args:
        method: how to look.
        units: which units, under their layers' own names.
        images: the pictures that it is given, if any.
    """

    method: Method
    units: tuple[Target, ...]
    images: Images | None = None

    def is_of(self, method: Method, units: Sequence[Target]) -> bool:
        """Whether it is a call of a method for these units."""
        return self.method == method and self.units == tuple(units)


class Maker(Protocol):
    """Makes calls elsewhere."""

    def __call__(self, probe: Probe, calls: Sequence[Call]) -> Iterator[Sequence[Result] | InputError]:
        """Results of each call, or why there are none, in the order of the calls."""


class _Others:
    """Calls that were announced, and what has become of them."""

    def __init__(self, maker: Maker) -> None:
        self._maker = maker
        self._waiting: deque[Call] = deque()
        self._stream: Iterator[Sequence[Result] | InputError] = iter(())

    @property
    def busy(self) -> bool:
        """Whether announced calls are still to be asked for."""
        return bool(self._waiting)

    def begin(self, probe: Probe, calls: Sequence[Call]) -> None:
        """Let others begin with some calls."""
        self._waiting = deque(calls)
        self._stream = self._maker(probe, calls)

    def take(self, method: Method, units: Sequence[Target]) -> Sequence[Result] | None:
        """Results of a call that was announced; None of any other.

        Raises:
            InputError: that the call has raised.
        """
        if not any(call.is_of(method, units) for call in self._waiting):
            return None
        while self._waiting:
            call = self._waiting.popleft()
            results = next(self._stream)
            if not self._waiting:
                next(self._stream, None)  # so that it ends, and workers stay for the next calls
            if call.is_of(method, units):
                if isinstance(results, InputError):
                    raise results
                return results
        return None


_OTHERS: ContextVar[_Others | None] = ContextVar("others", default=None)


@contextmanager
def called_by(maker: Maker) -> Iterator[None]:
    """Let others make the calls within.

    Args:
        maker: makes them.
    """
    token = _OTHERS.set(_Others(maker))
    try:
        yield
    finally:
        _OTHERS.reset(token)


def helped() -> bool:
    """Whether others make calls, so that it is of use to announce them."""
    return _OTHERS.get() is not None


def announce(probe: Probe, calls: Sequence[Call]) -> None:
    """Say which calls are about to come, in their order; without others at hand nothing happens.

    Args:
        probe: the network.
        calls: all of them.
    """
    others = _OTHERS.get()
    pieces = [piece for call in calls if _can_be_shared(call.method) for piece in _pieces(call)]
    if others is not None and len(pieces) > 1:
        others.begin(probe, pieces)


def called(
    method: Method, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
) -> tuple[Result, ...]:
    """Results of a method, made by others where there are some and the method's work can be shared.

    Args:
        method: how to look.
        probe: the network.
        units: one or several, checked.
        images: the pictures, for methods that need some.
        progress: told as the work goes on.

    Raises:
        InputError: whatever the method raises.
    """
    others = _OTHERS.get()
    if not type(method).__module__.startswith(_OURS):
        return usable(method(probe, units, images, progress=progress), method.name)
    method = method.fitted(probe, units)
    if others is None or not _can_be_shared(method):
        return method(probe, units, images, progress=progress)
    call = Call(method, tuple(units), None if method.wants is Needs.NOTHING else images)
    if not others.busy:
        announce(probe, [call])
    made: list[Result] = []
    for piece in _pieces(call):
        results = others.take(method, piece.units)
        made += method(probe, piece.units, images) if results is None else results
        progress(len(made), len(units))
    return tuple(made)


def _pieces(call: Call) -> list[Call]:
    return [Call(call.method, tuple(units), call.images) for units in call.method.pieces(call.units, call.images)]


def _can_be_shared(method: Method) -> bool:
    """Whether a method is one that works in pieces, and that everybody has."""
    kind = type(method)
    return kind.shared and kind.__module__.startswith(_OURS)
