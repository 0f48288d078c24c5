"""Checkpoints of the scans of one call on the disk, among the kept results, until the call is done."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from visualize.methods.errors import InputError
from visualize.methods.method import Method
from visualize.methods.pictures.checkpoints import Checkpoint
from visualize.store.record_tree import NotPlainError, Reader, Writer
from visualize.store.result_address import key
from visualize.store.result_file import Stored
from visualize.store.results_folder import UNFINISHED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.store.results_folder import ResultsFolder

LEAST = 2.0
"""Seconds between two checkpoints, at least."""
SHARE = 0.01
"""Part of a scan's time that writing checkpoints may take."""
_SPEED = 100e6  # bytes a second that writing is taken to do before it was measured
_PACKAGES = (Method.__module__.rpartition(".")[0],)


class UnfinishedScans:
    """The place for the checkpoints of the scans of one call.

    Writing takes at most a hundredth of the time. A disk that does not take it is left alone from then on.

    Args:
        folder: where results are kept.
        call: addresses of the results of the call.
    """

    def __init__(self, folder: ResultsFolder, call: Sequence[Mapping[str, str]]) -> None:
        self._folder = folder
        self._call = key({str(place): key(address) for place, address in enumerate(call)})
        self._begun: set[int] = set()
        self._writes = True
        self._last, self._pause = time.monotonic(), 0.0
        self.went_on: list[int] = []
        """How many pictures each scan that went on had looked at before."""

    def read(self, scan: int) -> Checkpoint | None:
        """The checkpoint that an earlier, equal call left of a scan."""
        self._begun.add(scan)
        self._last = time.monotonic()
        address = self._address(scan)
        try:
            stored = self._folder.read(UNFINISHED, key(address))
            if stored is None or stored.address != address:
                return None
            checkpoint: Any = Reader(None, _PACKAGES, stored.arrays).value(stored.tree)
        except (InputError, NotPlainError):  # the scan is begun anew
            return None
        if not isinstance(checkpoint, Checkpoint):
            return None
        self.went_on.append(checkpoint.done)
        return checkpoint

    def due(self, nbytes: int) -> bool:
        """Whether it is time for a checkpoint of so many bytes."""
        pause = max(LEAST, self._pause or nbytes / _SPEED / SHARE)
        return self._writes and time.monotonic() - self._last >= pause

    def write(self, scan: int, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint in place of the one before."""
        began, address = time.monotonic(), self._address(scan)
        writer = Writer(None, _PACKAGES)
        try:
            tree = writer.tree(checkpoint)
            self._folder.write(UNFINISHED, key(address), Stored(address, tree, writer.arrays, time.time()))
        except (OSError, InputError, NotPlainError):  # whoever keeps the results says what is wrong with the disk
            self._writes = False
        self._last = time.monotonic()
        self._pause = (self._last - began) / SHARE

    def remove(self) -> None:
        """Remove the checkpoints of the call, which is done."""
        for scan in self._begun:
            self._folder.remove(UNFINISHED, key(self._address(scan)))

    def _address(self, scan: int) -> dict[str, str]:
        return {"call": self._call, "scan": str(scan)}
