"""Views of all units of one layer by several methods: those that lie there stay, the others are made and drawn."""

from __future__ import annotations

import functools
import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import torch

from visualize.methods.method import Needs
from visualize.methods.pictures.images import Subset
from visualize.methods.progress import share, silent
from visualize.methods.unit import Unit, parts
from visualize.reports.drawing import SIDE, Drawing
from visualize.reports.records import FORMAT
from visualize.store import shared_calls
from visualize.store.result_address import key, may_be_kept

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from visualize.cards.dissection_labels import Names
    from visualize.methods.method import Method
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.progress import Progress
    from visualize.methods.result import Result
    from visualize.reports.folders import LayerFolder
    from visualize.reports.held_pictures import HeldPictures
    from visualize.reports.records import View
    from visualize.reports.wording import Wording
    from visualize.store.result_address import Addresses
    from visualize.store.store import Store
    from visualize.watch import Watch

_EXPLAINED = 1  # of a unit's best photographs that are explained
_HANDS = 2  # threads that draw
_DRAWN = 16  # units that are drawn, or explained, between two looks at the clock
LONG = 20.0
"""Seconds of work that must be left before other processes help, which take about five to start."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute in one thread within the block."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@dataclass(frozen=True, kw_only=True, eq=False)
class Means:
    """Whatever is needed to look at the units of a network.

    Args:
        probe: the network.
        images: the probe set, or None.
        methods: in the order in which they are shown.
        addresses: tell results apart.
        store: of kept results; None makes all anew.
        wording: takes paths out of words.
        making: make what is missing; otherwise only what is kept is shown.
        single: units are looked at in one thread, so that several processes give what one gives, to the last bit.
        hands: other processes that help with what takes long.
        long: seconds of work that must be left for that.
    """

    probe: Probe
    images: HeldPictures | None
    methods: tuple[Method, ...]
    addresses: Addresses
    store: Store | None
    wording: Wording
    making: bool = True
    single: bool = False
    hands: Hands | None = None
    long: float = LONG

    def arithmetic(self, method: Method) -> AbstractContextManager[None]:
        """Compute as a method's views are made, within the block."""
        alone = self.single and (method.explains or method.needs is Needs.NOTHING)
        return one_thread() if alone else nullcontext()

    @property
    def able(self) -> tuple[Method, ...]:
        """Methods that can run with what there is."""
        labelled = self.images is not None and bool(self.images.categories)
        needed = {Needs.NOTHING} | ({Needs.IMAGES} if self.images is not None else set())
        needed |= {Needs.LABELLED, Needs.WORDED} if labelled else set()
        return tuple(method for method in self.methods if method.wants in needed)

    @property
    def chooser(self) -> Method | None:
        """The method that finds the photographs that others explain."""
        return next((method for method in self.able if method.chooses), None)

    def announce(self, method: Method, groups: Sequence[Sequence[Unit]]) -> None:
        """Let others, where there are some, begin with the calls that are about to come, each for some units."""
        if not self.making or not shared_calls.helped():
            return
        images = None if method.wants is Needs.NOTHING else self.images
        calls = [
            shared_calls.Call(method, tuple(units), images)
            for group in groups
            for units in ([group] if self.store is None else self.store.lacking(method, group, images))
        ]
        shared_calls.announce(self.probe, calls)

    def look(
        self, method: Method, units: Sequence[Unit], images: Images | None, progress: Progress
    ) -> dict[Unit, Result]:
        """Results of a method by unit, from the store where they lie there."""
        if not self.making:
            kept = {} if self.store is None else self.store.kept(method, units, images)
            return {units[place]: result for place, result in kept.items()}
        if self.store is None:
            results = shared_calls.called(method, self.probe, units, images, progress)
        else:
            results = self.store.look(method, units, images, progress)
        return dict(zip(units, results, strict=True))


@dataclass(frozen=True)
class Piece:
    """Units of a layer that are looked at in one go.

    Args:
        layer: its name.
        method: the method's name.
        units: in one call, so that each comes out as in a call with all of them.
        keys: digests of all that the views of those depend on that are to be drawn, by the units' numbers.
    """

    layer: str
    method: str
    units: tuple[int, ...]
    keys: Mapping[int, str]


class Hands(Protocol):
    """Does pieces elsewhere, several at a time."""

    running: bool
    """Whether they are ready, or about to be."""

    def views(self, pieces: Sequence[Piece], work: LayerWork) -> Iterator[tuple[Piece, list[View]]]:
        """Views of pieces, in whatever order they come; those that do not come are the caller's own to make.

        Args:
            pieces: of one layer and method.
            work: knows the photographs of their units.
        """


class LayerWork:
    """Makes the views of one layer's units.

    Args:
        means: network, pictures and methods.
        layer: the layer's name.
        folder: where views and pictures go.
        names: of the units, by a dissection.
        watch: shows how the work goes on.
        place: which of several layers it is, in words; "" for one alone.
        tops: results that name the photographs of units, where they are known.
    """

    def __init__(  # noqa: PLR0913 (a layer of a network, and where it goes)
        self, means: Means, layer: str, folder: LayerFolder, names: Names | None, watch: Watch, *, place: str = "",
        tops: Mapping[Unit, Result] | None = None,
    ) -> None:  # fmt: skip
        self.folder, self.layer = folder, layer
        self._means, self._names, self._watch, self._place = means, names, watch, place
        self._units = [Unit(layer, index) for index in range(means.probe.layer(layer).units)]
        self._drawing = Drawing(folder.pictures, means.wording)
        if tops is not None:
            self.tops = dict(tops)

    def make(self) -> dict[str, int]:
        """Make every view that is missing, those that others hang on first.

        Returns:
            names of the methods, in the order in which they are shown, with how many units each shows.
        """
        methods = self._means.able
        explaining = self._means.chooser is not None
        shown = [method for method in methods if explaining or not method.explains]
        made = {
            method.name: self._make(method)
            for method in sorted(shown, key=lambda method: (not method.chooses, method.needs is Needs.NOTHING))
        }
        return {method.name: made[method.name] for method in shown}

    def _make(self, method: Method) -> int:
        """Make the views of a method that are missing; gives how many there are then."""
        keys = self._keys(method)
        held = self.folder.views(method.name)
        pending = [unit for unit in self._units if not keys[unit.index] or not _is(held.get(unit.index), keys)]
        if not pending:
            return len(held)
        views = {number: item for number, item in held.items() if _is(item, keys)}
        pieces = list(self._pieces(method, pending, keys))
        if self._means.chooser is not None:
            _ = self.tops  # whose progress comes before
        with self.folder.adding(method.name) as adding, self._watch(self._title(method, drawn=True)) as progress:
            for made in self._views(method, pieces, progress):
                for item in made:
                    adding.add(item)
                    views[item.unit] = item
        self.folder.settle(method.name, list(views.values()))
        return len(views)

    def _title(self, method: Method, *, drawn: bool = False) -> str:
        title = f"{method.title} of {self.layer}{self._place}"
        return f"Drawing {title}" if drawn and method.chooses else title

    def _pieces(self, method: Method, pending: Sequence[Unit], keys: Sequence[str]) -> Iterator[Piece]:
        """Pieces in which units are looked at that lack a view."""
        wanted = set(pending)
        if method.chooses or method.explains:
            groups = [pending[first : first + _DRAWN] for first in range(0, len(pending), _DRAWN)]
        else:
            groups = [group for group in _groups(method, self._units) if not wanted.isdisjoint(group)]
        for group in groups:
            drawn = {unit.index: keys[unit.index] for unit in group if unit in wanted}
            yield Piece(self.layer, method.name, tuple(unit.index for unit in group), drawn)

    def _views(self, method: Method, pieces: Sequence[Piece], progress: Progress) -> Iterator[list[View]]:
        """Views of pieces; once one of them tells that they take long, other processes help where there are some."""
        waiting, done, total = list(pieces), 0, sum(len(piece.units) for piece in pieces)
        hands, began = self._means.hands, time.perf_counter()
        if not method.chooses and not method.explains:
            with self._means.arithmetic(method):
                self._means.announce(method, [[self._units[index] for index in piece.units] for piece in pieces])
        while waiting:
            left = (time.perf_counter() - began) / done * (total - done) if done else 0.0
            if hands is not None and (hands.running or (done and left > self._means.long)):
                for piece, views in hands.views(waiting, self):
                    waiting.remove(piece)
                    done += len(piece.units)
                    progress(done, total)
                    yield views
                hands = None  # if anything is left, they are gone
                continue
            piece = waiting.pop(0)
            yield self.views(method, piece, share(progress, done, len(piece.units), total))
            done += len(piece.units)
            progress(done, total)

    def views(self, method: Method, piece: Piece, progress: Progress = silent) -> list[View]:
        """Look at the units of a piece, and draw them.

        Args:
            method: the piece's.
            piece: of this layer.
            progress: told how the work goes on.
        """
        results = self._looked(method, [self._units[index] for index in piece.units], progress)
        results = [result for result in results if _number(result) in piece.keys]
        draw = functools.partial(self._draw, method, piece.keys)
        if torch.get_num_threads() == 1:
            return [draw(result) for result in results]
        with ThreadPoolExecutor(_HANDS) as drawing:
            return list(drawing.map(draw, results))

    def _looked(self, method: Method, units: Sequence[Unit], progress: Progress) -> list[Result]:
        """Results of units that are looked at in one go."""
        if method.chooses:
            return [self.tops[unit] for unit in units if unit in self.tops]
        with self._means.arithmetic(method):
            if method.explains and self._means.images is not None:
                return list(self._explained(method, units, self._means.images))
            return list(self._means.look(method, units, self._means.images, progress).values())

    def _explained(self, method: Method, units: Sequence[Unit], images: Images) -> Iterator[Result]:
        """Results of a method on the best of each unit's photographs."""
        for unit in units:
            top = self.tops.get(unit)
            if top is not None and top.chosen:
                best = Subset(images, top.chosen[:_EXPLAINED])
                yield from self._means.look(method.counting(_EXPLAINED), [unit], best, silent).values()

    @functools.cached_property
    def tops(self) -> dict[Unit, Result]:
        """Results that name the photographs of every unit."""
        chooser = self._means.chooser
        if chooser is None:
            return {}
        with self._watch(self._title(chooser)) as progress:
            return self._means.look(chooser, self._units, self._means.images, progress)

    def _draw(self, method: Method, keys: Mapping[int, str], result: Result) -> View:
        (unit,) = parts(result.unit)
        beside: dict[str, Result] = {}
        chooser = self._means.chooser
        if chooser is not None and chooser.name != method.name and unit in self.tops:
            beside[chooser.name] = self.tops[unit]
        result = result.beside({**beside, method.name: result})
        if self._names is not None:
            result = self._names.marked(unit, {method.name: result})[method.name]
        return self._drawing(unit.index, keys[unit.index], type(method), result, list(beside.values()))

    def _keys(self, method: Method) -> list[str]:
        """Digests of all that each unit's view depends on; "" where that cannot be told."""
        own = self._addressed(method)
        chooser = self._means.chooser
        chosen = own if chooser is None or chooser.name == method.name else self._addressed(chooser)
        marks = self.marks
        return [
            _digest([FORMAT, SIDE, mine, theirs, marks]) if mine and theirs else ""
            for mine, theirs in zip(own, chosen, strict=True)
        ]

    def _addressed(self, method: Method) -> list[str]:
        if not may_be_kept(method):
            return [""] * len(self._units)
        with self._means.arithmetic(method):
            addresses = self._means.addresses.of(method, self._units, self._means.images)
        return [""] * len(self._units) if addresses is None else [key(address) for address in addresses]

    @property
    def marks(self) -> str:
        """Digest of the dissection by whose labels concepts are marked in pictures."""
        if self._names is None:
            return ""
        held = self._names.held.content
        return _digest([held["layers"][self.layer], held["set"]["fingerprint"], held["settings"]])


def _is(item: View | None, keys: Sequence[str]) -> bool:
    """Whether a view is of what there is now."""
    return item is not None and item.unit < len(keys) and bool(item.key) and item.key == keys[item.unit]


def _groups(method: Method, units: Sequence[Unit]) -> list[list[Unit]]:
    """Units that are made in one call, so that each comes out as in a call with all of them."""
    groups: dict[tuple[str, ...], list[Unit]] = {}
    for unit, words in zip(units, method.company(units), strict=True):
        groups.setdefault(words, []).append(unit)
    return list(groups.values())


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _number(result: Result) -> int:
    (unit,) = parts(result.unit)
    return unit.index
