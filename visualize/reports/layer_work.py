"""Views of all units of one layer by several methods: those that lie there stay, the others are made and drawn."""

from __future__ import annotations

import functools
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.methods.method import Needs
from visualize.methods.pictures.images import Subset
from visualize.methods.progress import share
from visualize.methods.unit import Unit, parts
from visualize.reports.drawing import SIDE, Drawing
from visualize.reports.records import FORMAT
from visualize.store.result_address import key, may_be_kept

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
_DRAWN = 16  # units that are drawn between two looks at the clock


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
    """

    probe: Probe
    images: HeldPictures | None
    methods: tuple[Method, ...]
    addresses: Addresses
    store: Store | None
    wording: Wording
    making: bool = True

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

    def look(
        self, method: Method, units: Sequence[Unit], images: Images | None, progress: Progress
    ) -> dict[Unit, Result]:
        """Results of a method by unit, from the store where they lie there."""
        if not self.making:
            kept = {} if self.store is None else self.store.kept(method, units, images)
            return {units[place]: result for place, result in kept.items()}
        if self.store is None:
            results = method(self.probe, units, images, progress=progress)
        else:
            results = self.store.look(method, units, images, progress)
        return dict(zip(units, results, strict=True))


class LayerWork:
    """Makes the views of one layer's units.

    Args:
        means: network, pictures and methods.
        layer: the layer's name.
        folder: where views and pictures go.
        names: of the units, by a dissection.
        watch: shows how the work goes on.
        place: which of several layers it is, in words; "" for one alone.
    """

    def __init__(
        self, means: Means, layer: str, folder: LayerFolder, names: Names | None, watch: Watch, *, place: str = ""
    ) -> None:
        self._means, self._folder, self._names, self._watch = means, folder, names, watch
        self._layer, self._place = layer, place
        self._units = [Unit(layer, index) for index in range(means.probe.layer(layer).units)]
        self._drawing = Drawing(folder.pictures, means.wording)

    def make(self) -> tuple[str, ...]:
        """Make every view that is missing, those that others hang on first; gives the methods' names as shown."""
        methods = self._means.able
        explaining = self._means.chooser is not None
        shown = [method for method in methods if explaining or not method.explains]
        for method in sorted(shown, key=lambda method: (not method.chooses, method.needs is Needs.NOTHING)):
            self._make(method)
        return tuple(method.name for method in shown)

    def _make(self, method: Method) -> None:
        keys = self._keys(method)
        held = self._folder.views(method.name)
        pending = [unit for unit in self._units if not keys[unit.index] or not _is(held.get(unit.index), keys)]
        if not pending:
            return
        views = {number: item for number, item in held.items() if _is(item, keys)}
        with self._folder.adding(method.name) as adding, ThreadPoolExecutor(_HANDS) as hands:
            for results in self._looked(method, pending):
                for item in hands.map(functools.partial(self._draw, method, keys), results):
                    adding.add(item)
                    views[item.unit] = item
        self._folder.settle(method.name, list(views.values()))

    def _title(self, method: Method) -> str:
        return f"{method.title} of {self._layer}{self._place}"

    def _looked(self, method: Method, pending: Sequence[Unit]) -> Iterator[list[Result]]:
        """Results of the units, as many at a time as are made together."""
        if method.explains and self._means.images is not None:
            yield from self._explained(method, pending)
            return
        if method.chooses:
            tops = self._tops
            with self._watch(f"Drawing {self._title(method)}") as progress:
                for done in range(0, len(pending), _DRAWN):
                    yield [tops[unit] for unit in pending[done : done + _DRAWN] if unit in tops]
                    progress(min(done + _DRAWN, len(pending)), len(pending))
            return
        wanted = set(pending)
        groups = [group for group in _groups(method, self._units) if not wanted.isdisjoint(group)]
        total, done = sum(map(len, groups)), 0
        with self._watch(self._title(method)) as progress:
            for group in groups:
                part = share(progress, done, len(group), total)
                results = self._means.look(method, group, self._means.images, part)
                done += len(group)
                yield [result for unit, result in results.items() if unit in wanted]

    def _explained(self, method: Method, pending: Sequence[Unit]) -> Iterator[list[Result]]:
        """Results of a method on the best of each unit's photographs."""
        images = self._means.images
        with self._watch(self._title(method)) as progress:
            for done, unit in enumerate(pending, 1):
                top = self._tops.get(unit)
                if images is not None and top is not None and top.chosen:
                    best = Subset(images, top.chosen[:_EXPLAINED])
                    yield list(self._means.look(method.counting(_EXPLAINED), [unit], best, _unheard).values())
                progress(done, len(pending))

    @functools.cached_property
    def _tops(self) -> dict[Unit, Result]:
        """Results that name the photographs of every unit."""
        chooser = self._means.chooser
        if chooser is None:
            return {}
        with self._watch(self._title(chooser)) as progress:
            return self._means.look(chooser, self._units, self._means.images, progress)

    def _draw(self, method: Method, keys: Sequence[str], result: Result) -> View:
        (unit,) = parts(result.unit)
        beside: dict[str, Result] = {}
        chooser = self._means.chooser
        if chooser is not None and chooser.name != method.name and unit in self._tops:
            beside[chooser.name] = self._tops[unit]
        result = result.beside({**beside, method.name: result})
        if self._names is not None:
            result = self._names.marked(unit, {method.name: result})[method.name]
        return self._drawing(unit.index, keys[unit.index], type(method), result, list(beside.values()))

    def _keys(self, method: Method) -> list[str]:
        """Digests of all that each unit's view depends on; "" where that cannot be told."""
        own = self._addressed(method)
        chooser = self._means.chooser
        chosen = own if chooser is None or chooser.name == method.name else self._addressed(chooser)
        marks = self._marks
        return [
            _digest([FORMAT, SIDE, mine, theirs, marks]) if mine and theirs else ""
            for mine, theirs in zip(own, chosen, strict=True)
        ]

    def _addressed(self, method: Method) -> list[str]:
        if not may_be_kept(method):
            return [""] * len(self._units)
        addresses = self._means.addresses.of(method, self._units, self._means.images)
        return [""] * len(self._units) if addresses is None else [key(address) for address in addresses]

    @property
    def _marks(self) -> str:
        """Digest of the dissection by whose labels concepts are marked in pictures."""
        if self._names is None:
            return ""
        held = self._names.held.content
        return _digest([held["layers"][self._layer], held["set"]["fingerprint"], held["settings"]])


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


def _unheard(done: int, total: int) -> None:
    """Progress of one unit, which nobody sees."""
