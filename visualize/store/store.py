"""Results of methods, taken from the disk where they lie there, made and kept where they do not."""

from __future__ import annotations

import errno
import time
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visualize.methods.errors import BrokenImageWarning, InputError, InputWarning, system_words
from visualize.methods.pictures.checkpoints import checkpoints_in
from visualize.methods.progress import share
from visualize.store.packed_result import Packed, packed, unpacked
from visualize.store.record_tree import NotPlainError
from visualize.store.result_address import Addresses, key, may_be_kept
from visualize.store.result_file import Stored
from visualize.store.results_folder import ResultsFolder, room
from visualize.store.shared_calls import called
from visualize.store.unfinished_scans import UnfinishedScans

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from visualize.methods.method import Method
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.progress import Progress
    from visualize.methods.provenance import Provenance
    from visualize.methods.result import Result
    from visualize.methods.unit import Target

    Address = Mapping[str, str]
    Said = tuple[tuple[str, str], ...]

_REFUSED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_WARNED: dict[str, type[Warning]] = {kind.__name__: kind for kind in (BrokenImageWarning, InputWarning)}


@dataclass(frozen=True)
class Earlier:
    """A result that was kept from before.

    Args:
        result: as it was made.
        made: when, in seconds since 1970.
    """

    result: Result
    made: float


class Store:
    """Looks at the units of one network, and keeps the results.

    Args:
        probe: the network.
        loaded: this program made the network just now, from the weights that its identity states; of any other the
            numbers in memory are read.
        folder: where results are kept.
    """

    def __init__(self, probe: Probe, folder: ResultsFolder, *, loaded: bool) -> None:
        self._probe, self._folder = probe, folder
        self._addresses = Addresses(probe, loaded=loaded)
        self._writes = True
        self.used: dict[tuple[str, Target], float] = {}
        """Results that were taken from the disk -> when they were made; by method, and unit under its layer's name."""
        self.went_on: dict[str, int] = {}
        """Methods whose scan was interrupted before and went on -> how many pictures it had looked at by then."""

    def look(
        self, method: Method, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> tuple[Result, ...]:
        """Results of a method for units, exactly as the method would give them, but for the seconds that it took.

        Args:
            method: how to look.
            units: one or several.
            images: the probe set, for methods that need one.
            progress: told as the work goes on.

        Raises:
            InputError: whatever the method raises; what was made before is kept.
        """
        method = method.fitted(self._probe, units)
        targets, addresses = self._addressed(method, units, images)
        if addresses is None:
            return called(method, self._probe, targets, images, progress)
        kept = self._kept(method, targets, addresses, images)
        made: dict[int, Result] = {place: item.result for place, item in kept.items()}
        self.used |= {(method.name, targets[place]): item.made for place, item in kept.items()}
        for group in _groups(method, targets, [place for place in range(len(targets)) if place not in kept]):
            part = share(progress, len(made), len(group), len(targets))
            scans = UnfinishedScans(self._folder, [addresses[place] for place in group])
            with _listening() as said, checkpoints_in(scans):
                results = called(method, self._probe, [targets[place] for place in group], images, part)
            for place, result in zip(group, results, strict=True):
                if place not in made:
                    words = tuple(dict.fromkeys(said))
                    self._keep(method, targets[place], addresses[place], images, result, words)
                made.setdefault(place, result)
            scans.remove()
            if scans.went_on:
                self.went_on[method.name] = max(scans.went_on)
        return tuple(made[place] for place in range(len(targets)))

    def lacking(self, method: Method, units: Sequence[Target], images: Images | None) -> list[list[Target]]:
        """Units that :meth:`look` would call the method for, by call; it takes what :meth:`look` takes."""
        targets, addresses = self._addressed(method, units, images)
        if addresses is None:
            return [targets]
        missing = [
            place for place, address in enumerate(addresses) if not self._folder.holds(method.name, key(address))
        ]  # fmt: skip
        return [[targets[place] for place in group] for group in _groups(method, targets, missing)]

    def kept(self, method: Method, units: Sequence[Target], images: Images | None) -> dict[int, Result]:
        """Results of what :meth:`look` takes that lie on the disk, by their unit's place; nothing is made."""
        targets, addresses = self._addressed(method, units, images)
        if addresses is None:
            return {}
        return {place: item.result for place, item in self._kept(method, targets, addresses, images).items()}

    def _addressed(
        self, method: Method, units: Sequence[Target], images: Images | None
    ) -> tuple[list[Target], Sequence[Address] | None]:
        """Units under their layers' names, and where their results lie; None for what is not kept."""
        targets = [self._probe.check(unit) for unit in units]
        return targets, self._addresses.of(method, targets, images) if may_be_kept(method) else None

    def _kept(
        self, method: Method, targets: Sequence[Target], addresses: Sequence[Address], images: Images | None
    ) -> dict[int, Earlier]:
        """Results that lie on the disk, by their unit's place; what was said when they were made is said again."""
        kept: dict[int, Earlier] = {}
        said: dict[tuple[str, str], None] = {}
        for place, (target, address) in enumerate(zip(targets, addresses, strict=True)):
            try:
                stored = self._folder.read(method.name, key(address))
                if stored is not None and stored.address == address:
                    kept[place] = Earlier(self._restored(method, target, stored, images), stored.made)
                    said |= dict.fromkeys(stored.said)
            except (InputError, NotPlainError) as fault:
                _say(f"a kept result of {method.name} is made again: {fault}")
        for kind, words in said:
            if kind in _WARNED:
                warnings.warn(words, _WARNED[kind], stacklevel=4)
        return kept

    def _restored(self, method: Method, target: Target, stored: Stored, images: Images | None) -> Result:
        return unpacked(Packed(stored.tree, stored.arrays), method, self._probe, target, images)

    def _keep(
        self, method: Method, target: Target, address: Address, images: Images | None, result: Result, said: Said
    ) -> None:
        """Keep a result, if it is one that can be read again; a disk that does not take it is told in a line."""
        if not self._writes or result.unit != target or not self._is_told(method, result.provenance):
            return
        try:
            held = packed(result, method, images)
        except NotPlainError:
            return
        try:
            self._folder.write(method.name, key(address), Stored(address, held.tree, held.arrays, time.time(), said))
        except (OSError, InputError) as fault:
            self._writes = False
            if not isinstance(fault, OSError) or fault.errno not in _REFUSED:
                reason = system_words(fault)
                _say(f"results are not kept any more ({reason}); the work goes on")

    def _is_told(self, method: Method, provenance: Provenance) -> bool:
        """Whether a result's provenance is what the method says of this call."""
        return provenance == method.provenance(self._probe, provenance.seconds)


def open_store(probe: Probe, *, loaded: bool) -> Store | None:
    """The store of a network's results in the cache; None where nothing is to be kept (``VIZ_KEEP=0``).

    Args:
        probe: the network.
        loaded: this program made the network just now, from the weights that its identity states.

    Raises:
        InputError: VIZ_KEEP is no size.
    """
    most = room()
    return Store(probe, ResultsFolder(most), loaded=loaded) if most else None


def _groups(method: Method, targets: Sequence[Target], missing: Sequence[int]) -> Iterator[list[int]]:
    """Places of units that are made in one call each, so that each comes out as in a call with all of them."""
    company = method.company(targets)
    for words in dict.fromkeys(company[place] for place in missing):
        everyone = [place for place in range(len(targets)) if company[place] == words]
        lacking = [place for place in everyone if place in missing]
        alike = (
            group
            for group in (lacking, everyone)
            if method.company([targets[place] for place in group]) == (words,) * len(group)
        )
        yield next(alike, list(range(len(targets))))


@contextmanager
def _listening() -> Iterator[list[tuple[str, str]]]:
    """Note the warnings on pictures and settings that are shown within the block."""
    heard: list[tuple[str, str]] = []
    show = warnings.showwarning

    def noted(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:  # noqa: ANN401
        if category.__name__ in _WARNED:
            heard.append((category.__name__, str(message)))
        show(message, category, *rest, **more)

    warnings.showwarning = noted
    try:
        yield heard
    finally:
        warnings.showwarning = show


def _say(text: str) -> None:
    warnings.warn(text, InputWarning, stacklevel=4)
