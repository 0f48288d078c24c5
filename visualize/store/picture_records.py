"""Records of what a network gives for single pictures, kept among the results of methods."""

from __future__ import annotations

import contextlib
import time
import warnings
from typing import TYPE_CHECKING, Any

from visualize.methods.errors import InputError, InputWarning
from visualize.store.record_tree import NotPlainError, Reader, Writer
from visualize.store.result_address import Addresses, key
from visualize.store.result_file import Stored
from visualize.store.results_folder import ResultsFolder, room
from visualize.store.value_digest import digest_of

if TYPE_CHECKING:
    from visualize.methods.drawing.panel import Picture
    from visualize.methods.network.probe import Probe

_PACKAGES = (__name__.partition(".")[0],)


class PictureRecords:
    """Records of one kind, by the network and the picture as it was brought to the network's size.

    Args:
        kind: what the records are, such as ``"predict"``: the folder's name.
        probe: the network.
        folder: where results are kept.
        loaded: this program made the network just now, from the weights that its identity states.
    """

    def __init__(self, kind: str, probe: Probe, folder: ResultsFolder, *, loaded: bool) -> None:
        self._kind, self._folder = kind, folder
        self._network = Addresses(probe, loaded=loaded).network

    def read(self, picture: Picture) -> tuple[Any, float] | None:
        """The record of a picture, and when it was made, in seconds since 1970; None if there is none.

        Args:
            picture: H x W x 3, RGB, uint8, as the network sees it.
        """
        address = self._address(picture)
        if address is None:
            return None
        try:
            stored = self._folder.read(self._kind, key(address))
            if stored is None or stored.address != address:
                return None
            record = Reader(None, _PACKAGES, stored.arrays).value(stored.tree)
        except (InputError, NotPlainError) as fault:
            warnings.warn(f"a kept result of {self._kind} is made again: {fault}", InputWarning, stacklevel=3)
            return None
        return record, stored.made

    def write(self, picture: Picture, record: object) -> None:
        """Keep the record of a picture, if the disk takes it."""
        address, writer = self._address(picture), Writer(None, _PACKAGES)
        if address is None:
            return
        with contextlib.suppress(NotPlainError, OSError, InputError):  # it is made again the next time
            tree = writer.tree(record)
            self._folder.write(self._kind, key(address), Stored(address, tree, writer.arrays, time.time()))

    def _address(self, picture: Picture) -> dict[str, str] | None:
        return None if self._network is None else {**self._network, "kind": self._kind, "picture": digest_of(picture)}


def open_records(kind: str, probe: Probe, *, loaded: bool) -> PictureRecords | None:
    """The records of a kind in the cache; None where nothing is to be kept (``VIZ_KEEP=0``).

    Args:
        kind: what the records are.
        probe: the network.
        loaded: this program made the network just now, from the weights that its identity states.

    Raises:
        InputError: VIZ_KEEP is no size.
    """
    most = room()
    return PictureRecords(kind, probe, ResultsFolder(most), loaded=loaded) if most else None
