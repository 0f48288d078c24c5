"""Checkpoints of long scans: what was found so far, so that a scan that was interrupted goes on and is not begun anew.

The idea: what a scan gathers is a few arrays, such as the best pictures so far. Kept after some batch together with how
many pictures were looked at, they are all that the rest of the scan needs, and it ends with the same bits.

How it works: methods do not touch the disk. Whoever calls one names a place for its checkpoints, within
:func:`checkpoints_in`; scans within find it there. Scans of one call are told apart by their order.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from visualize.methods.pictures.images import Images
    from visualize.methods.pictures.scan import Batch, Scan

Arrays = dict[str, NDArray[Any]]


class Gathering(Protocol):
    """Whatever takes in the batches of a scan, as arrays and back."""

    def arrays(self) -> Arrays:
        """Everything that was gathered so far, by name; the arrays themselves, not copies."""

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take up what was gathered before."""


@runtime_checkable
class Mergeable(Gathering, Protocol):
    """Whatever takes in the batches of a scan for one layer, and can be put together of several that saw a part each.

    What it holds does not depend on the order of the parts.
    """

    def add(self, batch: Batch, images: Images, layer: str) -> None:
        """Take in a batch."""

    def merge(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take in the arrays of another, which saw other pictures."""

    def empty(self) -> Mergeable:
        """Another of its kind, which has seen none."""


@dataclass(frozen=True)
class Checkpoint:
    """State of a scan between two batches.

    Args:
        scanned: how many pictures were looked at.
        broken: the names of those that could not be read.
        said: the warnings on them.
        gathered: what was gathered, by the name of what gathers it.
    """

    scanned: int
    broken: tuple[str, ...]
    said: tuple[str, ...]
    gathered: Mapping[str, Mapping[str, NDArray[Any]]]

    @property
    def done(self) -> int:
        """How many pictures of the set are behind it."""
        return self.scanned + len(self.broken)

    @property
    def nbytes(self) -> int:
        """Bytes that its arrays take."""
        return sum(array.nbytes for arrays in self.gathered.values() for array in arrays.values())


class Place(Protocol):
    """Keeps the newest checkpoint of each scan of a call."""

    def read(self, scan: int) -> Checkpoint | None:
        """The checkpoint that an earlier, equal call left of its scan number ``scan``; None if there is none."""

    def write(self, scan: int, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint in place of the one before; a place that cannot says so itself, and raises nothing."""

    def due(self, nbytes: int) -> bool:
        """Whether it is time for a checkpoint of so many bytes."""


class _Call:
    """A call whose scans leave checkpoints."""

    def __init__(self, place: Place) -> None:
        self.place, self._scans = place, 0

    def next(self) -> int:
        """Number of the scan that begins."""
        self._scans += 1
        return self._scans - 1


_CALL: ContextVar[_Call | None] = ContextVar("call", default=None)


@contextmanager
def checkpoints_in(place: Place) -> Iterator[None]:
    """Let the scans within, which belong to one call of a method, leave checkpoints.

    Args:
        place: where they leave them, and look for those of an equal call.
    """
    token = _CALL.set(_Call(place))
    try:
        yield
    finally:
        _CALL.reset(token)


_HELP: ContextVar[Callable[[Scan, Mapping[str, Mergeable], Callable[[], None]], None] | None] = ContextVar(
    "help", default=None
)


@contextmanager
def scanned_by(look: Callable[[Scan, Mapping[str, Mergeable], Callable[[], None]], None]) -> Iterator[None]:
    """Let another look at the pictures of the scans within, as far as what gathers their batches can be merged.

    Args:
        look: given a scan, whatever gathers its batches by the layers' names, and a function to be called whenever all
            pictures up to one are merged. It looks at all that the scan has not looked at, and has it go on behind.
    """
    token = _HELP.set(look)
    try:
        yield
    finally:
        _HELP.reset(token)


def _helped(scan: Scan, gathering: Mapping[str, Gathering], saved: Callable[[], None]) -> None:
    """Have another look at the pictures, where there is one."""
    look = _HELP.get()
    mergeable = {name: each for name, each in gathering.items() if isinstance(each, Mergeable)}
    if look is not None and len(mergeable) == len(gathering):
        look(scan, mergeable, saved)


def resumable(scan: Scan, gathering: Mapping[str, Gathering]) -> Iterator[Batch]:
    """Iterate over a scan, from where an equal one was interrupted; leave checkpoints where a place for them is named.

    Args:
        scan: the scan.
        gathering: whatever takes the batches in, by name; nothing else may depend on earlier batches. It must have
            taken in a batch when the next one is asked for.
    """
    call = _CALL.get()
    if call is None:
        _helped(scan, gathering, lambda: None)
        yield from scan
        return
    place, number = call.place, call.next()
    _take_up(place.read(number), scan, gathering)
    _helped(scan, gathering, lambda: _leave(place, number, scan, gathering))
    last: Checkpoint | None = None
    try:
        for batch in scan:
            yield batch
            gathered = {name: each.arrays() for name, each in gathering.items()}
            last = Checkpoint(scan.scanned, tuple(scan.broken), tuple(scan.said), gathered)
            if place.due(last.nbytes):
                place.write(number, last)
                last = None
    except KeyboardInterrupt:  # while pictures were read or the network ran: what is gathered is whole
        if last is not None:
            place.write(number, last)
        raise


def _leave(place: Place, number: int, scan: Scan, gathering: Mapping[str, Gathering]) -> None:
    gathered = {name: each.arrays() for name, each in gathering.items()}
    checkpoint = Checkpoint(scan.scanned, tuple(scan.broken), tuple(scan.said), gathered)
    if place.due(checkpoint.nbytes):
        place.write(number, checkpoint)


def _take_up(checkpoint: Checkpoint | None, scan: Scan, gathering: Mapping[str, Gathering]) -> None:
    """Bring a scan and what gathers its batches to where a checkpoint of them was left; any other is passed over."""
    if checkpoint is None or checkpoint.done > len(scan.images) or not _fits(checkpoint, gathering):
        return
    for name, each in gathering.items():
        each.restore(checkpoint.gathered[name])
    scan.go_on(checkpoint.scanned, checkpoint.broken, checkpoint.said)


def _fits(checkpoint: Checkpoint, gathering: Mapping[str, Gathering]) -> bool:
    """Whether a checkpoint holds all arrays that are there before the first batch, of the same kind and shape."""
    if checkpoint.gathered.keys() != gathering.keys():
        return False
    pairs = ((each.arrays(), checkpoint.gathered[name]) for name, each in gathering.items())
    return all(
        name in kept and kept[name].dtype == array.dtype and kept[name].shape == array.shape
        for fresh, kept in pairs
        for name, array in fresh.items()
    )
