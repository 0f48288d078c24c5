"""Work of a sweep: network by network, what is done already being kept, and what cannot be done being listed."""

from __future__ import annotations

import functools
import hashlib
import json
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from visualize.dissection import sweep_record
from visualize.dissection.sweep_record import DONE, FAILED, SITE, Item
from visualize.files import alone_in
from visualize.methods.errors import InputError, with_kind
from visualize.models.device import checked_device
from visualize.reports.api import collect
from visualize.sweeps import looking, measuring
from visualize.sweeps.plan import ABLATE, DISSECT, TRANSFER
from visualize.sweeps.subject import opened, usual_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from visualize.methods.progress import Progress
    from visualize.sweeps.measuring import Means
    from visualize.sweeps.plan import PlannedNetwork
    from visualize.sweeps.subject import Subject
    from visualize.watch import Watch

_LOCK = ".viz-sweep-lock"


class Work:
    """Everything that a plan asks for.

    Args:
        means: the plan, and what it is done with.
        dry: find out what there is to do, and do nothing.
    """

    def __init__(self, means: Means, *, dry: bool = False) -> None:
        self._means, self._plan, self._dry = means, means.plan, dry
        self._items: dict[tuple[str, str, str, str], Item] = {}
        self._held: dict[tuple[str, str, str, str], Item] = {}
        self._whole: dict[tuple[str, str], bool] = {}  # method and folder of results -> whether all is there

    def done(self) -> tuple[Item, ...]:
        """Do it, and give what became of every item.

        Raises:
            InputError: the folder is in use, or holds a sweep with other settings; or a set is not there.
        """
        out = self._plan.out
        self._require_device()
        self._read(out)
        self._means.sets.require()
        with nullcontext() if self._dry else _alone(out), self._connected():
            for number, planned in enumerate(self._plan.networks, 1):
                self._network(planned, f"{number} of {len(self._plan.networks)}: ")
            if not self._dry:
                self._conclude(out)
        return tuple(self._items.values())

    def _require_device(self) -> None:
        try:
            checked_device(self._plan.device)
        except InputError as fault:
            raise InputError(f"{self._plan.source}: device: {fault}") from fault

    def _conclude(self, out: Path) -> None:
        """Write the pages of what was looked at, with the scores of what was measured."""
        swept = sweep_record.Swept(out, tuple(self._items.values()))
        if swept.site is not None:
            collect(swept.transfers, swept.site, self._means.watch)

    def _connected(self) -> Any:  # noqa: ANN401 (a context)
        """One connection for all that a cluster does."""
        if self._dry or self._means.on is None:
            return nullcontext()
        from visualize.cluster.ray_engine import connected

        return connected(self._means.on)

    def _read(self, out: Path) -> None:
        if not sweep_record.is_swept(out):
            return
        swept = sweep_record.read(out)
        self._held = {item.place: item for item in swept.items}
        for method, settings in swept.settings.items():
            if method in self._plan.methods and settings != self._settings(method):
                raise InputError(
                    f"{out} holds a sweep with other settings of [{method}]; give another folder with --out, or remove "
                    f"that one"
                )

    def _settings(self, method: str) -> str:
        return json.dumps([self._plan.seed, dict(self._plan.settings_of(method))], sort_keys=True, default=str)

    def _network(self, planned: PlannedNetwork, which: str) -> None:
        means = replace(self._means, watch=_titled(self._means.watch, which if len(self._plan.networks) > 1 else ""))
        data = self._plan.data or (usual_data(planned),)
        if not data[0] and self._plan.needs_pictures:
            fault = f"no pictures are named for {planned.model}; name a set with data"
            self._fail(self._places(planned, planned.layers or ("",), ("",)), fault)
            return
        try:
            subject = opened(planned, self._plan, means.watch)
        except InputError as fault:
            self._fail(self._places(planned, planned.layers or ("",), data), str(fault))
            return
        for name, reason in subject.unknown.items():
            self._fail(self._places(planned, (name,), data), reason)
        for where in data:
            _OfSet(self, subject, where, means).done()

    def _places(
        self, planned: PlannedNetwork, layers: Iterable[str], data: Iterable[str]
    ) -> list[tuple[str, str, str, str]]:
        return [
            (planned.name, layer, where, method) for where in data for layer in layers for method in self._plan.methods
        ]

    def _fail(self, places: Iterable[tuple[str, str, str, str]], reason: str) -> None:
        for model, layer, data, method in places:
            self.note(Item(model=model, layer=layer, data=data, method=method, state=FAILED, reason=reason))

    def note(self, *items: Item) -> None:
        """Take note of what became of some items, also on the disk."""
        self._items |= {item.place: item for item in items}
        if not self._dry and any(self._held.get(item.place) != item for item in items):
            others = [item for place, item in self._held.items() if place not in self._items]
            settings = {method: self._settings(method) for method in self._plan.methods}
            sweep_record.write(self._plan.out, [*self._items.values(), *others], settings)

    def kept(self, item: Item) -> Item | None:
        """An item that was done before, with the same network, set and settings, and lies there undamaged."""
        held = self._held.get(item.place)
        if held is None or held.state != DONE or held.key != item.key:
            return None
        place = held.method, held.folder
        if place not in self._whole:
            self._whole[place] = self._is_whole(held)
        return held if self._whole[place] else None

    def _is_whole(self, item: Item) -> bool:
        """Whether the results of an item lie there as they were written."""
        folder = self._plan.out / item.folder
        if item.folder == SITE:
            looked = {other.place[:3] for other in self._held.values() if (other.folder, other.state) == (SITE, DONE)}
            return looking.shows(folder, len(looked))
        return folder.is_dir() and measuring.is_whole(item.method, folder)

    @property
    def dry(self) -> bool:
        """Whether nothing is to be done."""
        return self._dry


class _OfSet:
    """Everything that is asked for of one network on one set."""

    def __init__(self, work: Work, subject: Subject, data: str, means: Means) -> None:
        self._work, self._subject, self._data, self._means = work, subject, data, means
        self._named: dict[str, str] = {}  # layer -> folder of its dissection

    def done(self) -> None:
        """Do it, method by method: names first, for pages show them."""
        methods, layers = self._means.plan.methods, self._subject.layers
        if DISSECT in methods:
            self._dissect([layer for layer in layers if self._subject.mapped(layer)])
        if self._means.plan.looks:
            self._look(layers)
        if TRANSFER in methods:
            pending = self._pending(layers, TRANSFER)
            self._together(pending, lambda names: measuring.transfer(self._subject, self._data, names, self._means))
        if ABLATE in methods:
            for item in self._pending(layers, ABLATE):
                self._together([item], lambda names: self._ablated(names[0]))

    def _ablated(self, layer: str) -> tuple[str, dict[str, dict[str, Any]]]:
        name, facts = measuring.ablate(self._subject, self._data, layer, self._means)
        return name, {layer: facts}

    def _dissect(self, layers: Sequence[str]) -> None:
        pending = self._pending(layers, DISSECT)
        if not pending:
            return
        try:
            refused = measuring.dissectable(self._subject, self._data, [item.layer for item in pending], self._means)
        except InputError as fault:
            refused = {item.layer: str(fault) for item in pending}
        self._work.note(
            *(replace(item, state=FAILED, reason=refused[item.layer]) for item in pending if item.layer in refused)
        )
        able = [item for item in pending if item.layer not in refused]
        self._together(able, lambda names: measuring.dissect(self._subject, self._data, names, self._means))

    def _together(
        self, items: Sequence[Item], work: Callable[[Sequence[str]], tuple[str, dict[str, dict[str, Any]]]]
    ) -> None:
        """Do some layers of one method in one go."""
        if not items or self._work.dry:
            self._work.note(*items)
            return
        try:
            folder, facts = work([item.layer for item in items])
        except OSError:
            raise
        except Exception as fault:  # noqa: BLE001 (others go on, and this one is listed with its reason)
            self._work.note(*(replace(item, state=FAILED, reason=_reason(fault)) for item in items))
            return
        self._work.note(*(replace(item, state=DONE, folder=folder, facts=facts.get(item.layer, {})) for item in items))
        if items[0].method == DISSECT:
            self._named |= {item.layer: folder for item in items}

    def _look(self, layers: Sequence[str]) -> None:
        looks = self._means.plan.looks
        lacking = {layer: items for layer in layers if (items := self._pending_looks(layer, looks))}
        if self._work.dry or not lacking:
            self._work.note(*(item for items in lacking.values() for item in items))
            return
        outcome = self._looked(list(lacking))
        for layer, items in lacking.items():
            for item in items:
                became = outcome[layer, item.method]
                self._work.note(
                    replace(item, state=DONE, folder=SITE, facts=became)
                    if isinstance(became, dict)
                    else replace(item, state=FAILED, reason=became)
                )

    def _pending_looks(self, layer: str, looks: Sequence[str]) -> list[Item]:
        """Items of a layer; all of them where one is to be done, for pages show them together."""
        pending = [item for method in looks for item in self._pending([layer], method)]
        return pending and [self._item(layer, method) for method in looks]

    def _looked(self, layers: Sequence[str]) -> dict[tuple[str, str], dict[str, Any] | str]:
        """Look at some layers, and where that fails at each by itself, so that one does not keep the others."""
        named = {layer: self._named[layer] for layer in layers if layer in self._named}
        try:
            return looking.look(self._subject, self._data, layers, self._means, named)
        except OSError:
            raise
        except Exception as fault:  # noqa: BLE001 (as above)
            if len(layers) == 1:
                return {(layers[0], method): _reason(fault) for method in self._means.plan.looks}
            alone = [self._looked([layer]) for layer in layers]
            return {place: became for each in alone for place, became in each.items()}

    def _pending(self, layers: Sequence[str], method: str) -> list[Item]:
        """Items of a method that are to be done; of the others it is noted that they are."""
        pending = []
        for layer in layers:
            item = self._item(layer, method)
            held = self._work.kept(item)
            if held is None:
                pending.append(item)
                continue
            self._work.note(held)
            if method == DISSECT:
                self._named[layer] = held.folder
        return pending

    def _item(self, layer: str, method: str) -> Item:
        probe = self._subject.probe
        looked = method in self._means.plan.looks
        depends = [
            probe.identity.weights_sha256, str(probe.prepare), self._fingerprint,
            self._named.get(layer, "") if looked else "",
        ]  # fmt: skip
        return Item(
            model=self._subject.planned.name, layer=layer, data=self._data, method=method,
            key=hashlib.sha256(json.dumps(depends).encode()).hexdigest(),
        )  # fmt: skip

    @functools.cached_property
    def _fingerprint(self) -> str:
        """Fingerprint of the set; "" of one that is no probe set but a task."""
        try:
            return self._means.sets.whole(self._data).fingerprint if self._data else ""
        except InputError:
            return ""


def _reason(fault: Exception) -> str:
    if isinstance(fault, InputError):
        return str(fault)
    if isinstance(fault, MemoryError):
        return "out of memory"
    return f"unexpected {with_kind(fault)}"


def _titled(watch: Watch, which: str) -> Watch:
    """A watch whose titles say which network it is."""

    @contextmanager
    def titled(title: str) -> Iterator[Progress]:
        with watch(f"{which}{title}") as progress:
            yield progress

    return titled


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Keep other processes out of the folder of a sweep.

    Raises:
        InputError: another one is working there, or the folder cannot be made.
    """
    with alone_in(out, _LOCK, f"another process is sweeping into {out}; wait for it, or choose another folder"):
        yield
